-- Previews: what people are shown of a value without opening it (lineage/formats/preview.py).

-- By the digest of the value, and so once for all artifacts and versions that have it. Apart from the versions, because those are
-- read in every run and previews never. A value without a row is told by its summary.
CREATE TABLE preview (
    digest  TEXT PRIMARY KEY,
    content TEXT NOT NULL
);
