//! Installed modules of a database, and the functions that use them.

use crate::database::{Database, Parameter, Rows};
use crate::failure::{Failure, Kind, Result};
use plwasm_engine::read::body::Body;
use plwasm_engine::{Hash, name};

/// A module in a database.
#[derive(Debug)]
pub(crate) struct Installed {
    /// With its schema.
    pub name: String,
    oid: String,
    /// Binary or text.
    pub code: Vec<u8>,
}

/// A function that uses a module.
#[derive(Debug)]
pub(crate) struct User {
    /// Its name with the types of its parameters.
    pub signature: String,
    /// The export that it calls.
    pub export: String,
    /// The objects that depend on it, as PostgreSQL describes them.
    pub dependents: Vec<String>,
}

impl Installed {
    /// Returns the module of that name.
    ///
    /// # Errors
    /// There is no such module.
    pub(crate) fn find(database: &Database, module: &str) -> Result<Self> {
        database.require_extension()?;
        let rows = database.query(
            "SELECT p.oid, format('%I.%I', n.nspname, p.proname), p.prosrc, p.prorettype = 'wasm.module'::regtype
               FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = $1::regproc",
            &[Parameter::Text(module)],
        );
        let hint = "plwasm ls lists the modules of a database.";
        let row = rows.map_err(|failure| failure.hint(hint))?.pop().unwrap_or_default();
        let [Some(oid), Some(found), Some(source), Some(is_module)] = &row[..] else {
            let message = format!("module {} does not exist", name::printable(module));
            return Err(Failure::new(Kind::Server, message).hint(hint));
        };
        if is_module != "t" {
            let message = format!("{found} is a function, not a module");
            return Err(Failure::new(Kind::Server, message).hint(hint));
        }
        let body = Body::parse(source, true);
        let body =
            body.map_err(|error| Failure::of(Kind::Module, format!("module {found}"), &error))?;
        let Body::Code { code, .. } = body else {
            return Err(Failure::new(Kind::Module, format!("module {found} has no code")));
        };
        Ok(Self { name: found.clone(), oid: oid.clone(), code })
    }

    /// Returns the functions that use it.
    ///
    /// # Errors
    /// The server's error.
    pub(crate) fn users(&self, database: &Database) -> Result<Vec<User>> {
        let mut users = Vec::new();
        for row in functions(database, &self.oid)? {
            let [Some(oid), Some(signature), Some(own), Some(source)] = &row[..] else { continue };
            let body = Body::parse(source, false).ok();
            let export = body.as_ref().and_then(Body::export).unwrap_or(own).to_string();
            let dependents = database.query(
                "SELECT DISTINCT pg_describe_object(coalesce(r.classid, d.classid), coalesce(r.objid, d.objid),
                                                    coalesce(r.objsubid, d.objsubid))
                   FROM pg_depend d
                   LEFT JOIN LATERAL (SELECT 'pg_class'::regclass::oid, w.ev_class, 0 FROM pg_rewrite w
                                       WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid)
                             AS r(classid, objid, objsubid) ON true
                  WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = $1::oid AND d.deptype = 'n' ORDER BY 1",
                &[Parameter::Text(oid)],
            )?;
            users.push(User {
                signature: signature.clone(),
                export,
                dependents: dependents.into_iter().flatten().flatten().collect(),
            });
        }
        Ok(users)
    }
}

/// Returns the code with a hash: that of a module, or the text of a function. Returns `None` if the database has none.
///
/// # Errors
/// The server's error.
pub(crate) fn code(database: &Database, hash: &Hash) -> Result<Option<Vec<u8>>> {
    database.require_extension()?;
    // The server hashes binaries, which can be large. Text may not be as the server has stored it.
    let rows = database.query(
        "SELECT p.prosrc, p.prorettype = 'wasm.module'::regtype
           FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
          WHERE l.lanname = 'wasm'
            AND CASE WHEN p.prosrc ~ '[^A-Za-z0-9+/=[:space:]]' THEN true
                     WHEN p.prorettype <> 'wasm.module'::regtype THEN false
                     ELSE sha256(decode(p.prosrc, 'base64')) = decode($1, 'hex') END",
        &[Parameter::Text(&hash.to_string())],
    )?;
    for row in rows {
        let [Some(source), Some(is_module)] = &row[..] else { continue };
        if let Ok(Body::Code { code, .. }) = Body::parse(source, is_module == "t")
            && Hash::of(&code) == *hash
        {
            return Ok(Some(code));
        }
    }
    Ok(None)
}

/// Returns the functions that use a module, given by its OID or by its name with parentheses: the OID of each, its
/// name with the types of its parameters, its name, and its body.
///
/// # Errors
/// The server's error.
pub(crate) fn functions(database: &Database, module: &str) -> Result<Rows> {
    database.query(
        "SELECT p.oid, p.oid::regprocedure, p.proname, p.prosrc
           FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
          WHERE l.lanname = 'wasm'
            AND EXISTS (SELECT FROM pg_depend d
                         WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                           AND d.refclassid = d.classid AND d.refobjid = $1::regprocedure)
          ORDER BY 2",
        &[Parameter::Text(module)],
    )
}
