-- The type xml, if the server was built with it. xml_1.out is for servers that were not, whose error it shows.
SELECT outcome($$SELECT '<a/>'::xml$$) LIKE '0A000:%' AS missing \gset
\if :missing
\! echo 'xml: the server was built without it' >>"${PLWASM_SKIPPED:-/dev/null}"
\endif
CREATE FUNCTION echo(xml) RETURNS xml LANGUAGE wasm AS 'strings';
CREATE FUNCTION to_xml(text) RETURNS xml LANGUAGE wasm AS 'strings#echo';
SELECT echo('<a b="c">d</a>'::xml);
SELECT to_xml('<a>d</a>'), to_xml(repeat('<a/>', 50000))::text = repeat('<a/>', 50000) AS long;
-- a guest's result is checked
SELECT outcome($$SELECT to_xml('<a>')$$) LIKE '2200%: invalid XML%' AS checked;
SELECT to_xml('after');
-- whatever the session's xmloption is
SET xmloption = document;
SELECT to_xml('no document');
RESET xmloption;
DROP FUNCTION echo(xml), to_xml(text);
