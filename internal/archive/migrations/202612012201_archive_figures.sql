-- +goose Up

-- The index gets each three neighbouring digits beside the pairs, so what is in it is indexed anew, in the background.
DROP TABLE archive_posting;

-- archive_posting says in which records of a block two neighbouring characters, or three digits, are said: a bit for
-- each of the 1,024 records, or their places one by one where they are few. It is made when a block is full, beside
-- the conversations.
CREATE TABLE archive_posting (
    archive BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    gram    BIGINT NOT NULL,
    block   BIGINT NOT NULL, -- seq / 1024
    places  @bytes NOT NULL,
    PRIMARY KEY (archive, gram, block)
) @rowless;

DELETE FROM archive_block;

UPDATE archive_index SET blocks = 0;
