//! Crates as functions. All that is written for it is types, in `wit/crates.wit`, and a line for each function.

use unicode_segmentation::UnicodeSegmentation as _;

wit_bindgen::generate!("crates");

struct Crates;

impl Guest for Crates {
    fn geohash(longitude: f64, latitude: f64, length: i32) -> String {
        geohash::encode(geohash::Coord { x: longitude, y: latitude }, length as usize).unwrap()
    }

    fn h3(longitude: f64, latitude: f64, resolution: i32) -> i64 {
        let resolution = h3o::Resolution::try_from(resolution as u8).unwrap();
        u64::from(h3o::LatLng::new(latitude, longitude).unwrap().to_cell(resolution)) as i64
    }

    fn semver(a: String, b: String) -> i32 {
        let [a, b] = [a, b].map(|text| semver::Version::parse(&text).unwrap());
        a.cmp_precedence(&b) as i32
    }

    fn jaro_winkler(a: String, b: String) -> f64 {
        strsim::jaro_winkler(&a, &b)
    }

    fn graphemes(text: String) -> i32 {
        text.graphemes(true).count() as i32
    }
}

export!(Crates);
