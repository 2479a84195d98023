"""Checks the page of `plwasm stat --html`, for tests/client/stat.sh: `stat_page.py FILE`.

Every element is closed, nothing is fetched or run, and names of functions are text."""

import re
import sys
import xml.etree.ElementTree
from html.parser import HTMLParser

from checks import check, finish

VOID = {"meta", "br"}
NAME = "<script>alert('1')</script>&amp;\"\"]]>"


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.text, self.elements, self.attributes = [], [], "", [], []

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))

    def handle_data(self, data):
        self.text += data


with open(sys.argv[1], encoding="utf-8") as file:
    source = file.read()
page = Page()
page.feed(source)
page.close()
check("the page: every element is closed", not page.wrong and not page.open, (page.wrong, page.open))
check("nothing is run", not {"script", "iframe", "object", "embed"} & set(page.elements), set(page.elements))
check("nothing is fetched", not {"link", "img", "image", "use"} & set(page.elements), set(page.elements))
risky = [(name, value) for name, value in page.attributes
         if name.startswith("on") or name in ("src", "href", "xlink:href", "action") or "url(" in (value or "")]
check("no attribute does either", not risky, risky)
quoted = 'public."' + NAME + '"(integer)'
check("a name is text: in the legend, the table and beside its histogram", page.text.count(quoted) == 3, page.text)
plots = re.findall(r"<svg.*?</svg>", source, re.DOTALL)
check("a plot over time, and three histograms", len(plots) == 4, len(plots))
drawn = [xml.etree.ElementTree.fromstring(plot) for plot in plots]
lines = [element for element in drawn[0].iter() if element.tag.endswith("polyline") and element.get("stroke") != "#000000"]
check("a line for each function, with a point for each interval",
      sum(len(line.get("points").split()) == 5 for line in lines) >= 3, [line.attrib for line in lines])
bars = [sum(element.tag.endswith("rect") and element.get("fill") == "#1F77B4" for element in plot.iter()) for plot in drawn[1:]]
check("bars: one class of each function that always uses the same, many of the other", sorted(bars)[:2] == [1, 1] and max(bars) > 5, bars)
check("numbers are shown", re.search(r"p99", page.text) and re.search(r"\d+(\.\d+)?[kM]", page.text), page.text)
finish()
