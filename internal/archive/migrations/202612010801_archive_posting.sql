-- +goose Up

-- archive_posting says in which records of a block two neighbouring characters are said: a bit for each of the
-- 1,024 records, or their places one by one where they are few. It is made when a block is full, beside the
-- conversations; a row for each record and pair took longer to write than all the rest of a record.
CREATE TABLE archive_posting (
    archive BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    gram    BIGINT NOT NULL,
    block   BIGINT NOT NULL, -- seq / 1024
    places  @bytes NOT NULL,
    PRIMARY KEY (archive, gram, block)
) @rowless;

-- archive_block says when the messages of an indexed block were sent, where something of it is kept in the clear.
CREATE TABLE archive_block (
    archive  BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    block    BIGINT NOT NULL,
    first_at BIGINT NOT NULL, -- Unix milliseconds
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (archive, block)
) @rowless;

-- archive_index is how far the index of an archive has come. Records behind it are looked through one by one.
CREATE TABLE archive_index (
    archive BIGINT NOT NULL PRIMARY KEY REFERENCES archive_corp (no) ON DELETE CASCADE,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    blocks  BIGINT NOT NULL, -- that are in it
    holder  @text NOT NULL,
    until   BIGINT NOT NULL  -- Unix milliseconds
);

INSERT INTO archive_index (archive, corpid, blocks, holder, until) SELECT archive, corpid, 0, '', 0 FROM archive_chain;

DROP TABLE archive_gram;
