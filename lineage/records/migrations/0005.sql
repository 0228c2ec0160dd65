-- What `digest` and the columns that say what was stored hash to together. SQLite keeps no checksums: where a byte of such a row was
-- flipped, a result would be given back with another value. Rows of before have none.
ALTER TABLE artifact_version ADD COLUMN seal INTEGER;
