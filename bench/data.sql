-- The tables that are scanned: :rows of int4, and two fifths as many pairs of 32-byte texts. They are frozen, so that
-- no run has to set hint bits. Each is smaller than a quarter of 1 GB of shared buffers, so that a scan stays in the
-- buffers. The letters are a to p: upper() would leave digits unchanged.
CREATE UNLOGGED TABLE ints (a int4 NOT NULL);
CREATE UNLOGGED TABLE texts (a text NOT NULL, b text NOT NULL, n int4 NOT NULL);

INSERT INTO ints
SELECT i FROM generate_series(1, :rows) i;

INSERT INTO texts
SELECT translate(md5('a' || i), '0123456789abcdef', 'abcdefghijklmnop'),
       translate(md5('b' || i), '0123456789abcdef', 'abcdefghijklmnop'),
       i
FROM generate_series(1, greatest(:rows * 2 / 5, 1)) i;

VACUUM (FREEZE, ANALYZE) ints;
VACUUM (FREEZE, ANALYZE) texts;
