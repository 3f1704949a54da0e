-- Sessions that are gone, for those who ask for one by its name after the journal has forgotten it.
CREATE TABLE tombstones (
    id    INTEGER PRIMARY KEY,
    drain TEXT NOT NULL
) STRICT;
