-- +goose Up

-- job is work that a call asks for and that goes on after its answer. A job that
-- has ended stays, so that its result can be asked for.
CREATE TABLE job (
    no         @serial,
    id         @text NOT NULL,    -- as callers know it
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app        BIGINT NOT NULL,   -- who asked for it
    caller     TEXT NOT NULL,     -- JSON: as whom it runs
    kind       @text NOT NULL,
    lane       @text NOT NULL,    -- of a corp's jobs on one lane one runs at a time; '' is none
    state      SMALLINT NOT NULL, -- 0 queued, 1 running, 2 done, 3 failed, 4 done and cleaned
    input      @bytes NOT NULL,   -- sealed JSON
    place      TEXT NOT NULL,     -- JSON: how far it has come
    done       BIGINT NOT NULL,
    total      BIGINT NOT NULL,
    errcode    BIGINT NOT NULL,
    errmsg     TEXT NOT NULL,
    failures   BIGINT NOT NULL,   -- in a row, other than refusals
    holder     @text NOT NULL,    -- the worker that has it
    lease      BIGINT NOT NULL,   -- Unix milliseconds; until then nobody else takes it
    created_at BIGINT NOT NULL    -- Unix milliseconds
);
CREATE UNIQUE INDEX job_id ON job (id);
CREATE INDEX job_open ON job (lease) WHERE state < 2;
CREATE UNIQUE INDEX job_lane ON job (corpid, lane) WHERE state < 2 AND lane <> '';
CREATE INDEX job_ended ON job (corpid, lane, no) WHERE state IN (2, 3);

-- job_file is what a job works on, until it has ended.
CREATE TABLE job_file (
    job     BIGINT PRIMARY KEY REFERENCES job (no) ON DELETE CASCADE,
    content @bytes NOT NULL
);

-- job_piece is what comes out of a job, written with its progress: one or several
-- blocks, each in pieces.
CREATE TABLE job_piece (
    job     BIGINT NOT NULL REFERENCES job (no) ON DELETE CASCADE,
    block   BIGINT NOT NULL,
    at      BIGINT NOT NULL, -- bytes of the block before it
    content @bytes NOT NULL,
    PRIMARY KEY (job, block, at)
);
