-- +goose Up

-- callback_receiver is whoever is called back: an application, or an address that
-- a job brought along. Its rows are never updated, since every delivery refers to
-- one of them.
CREATE TABLE callback_receiver (
    no       @serial,
    corpid   @text REFERENCES corp (corpid) ON DELETE CASCADE, -- null for one that belongs to no corp
    app      BIGINT REFERENCES app (no) ON DELETE CASCADE,     -- null for one that is no application's
    book     TEXT NOT NULL,   -- who knows its address
    key      @text NOT NULL,  -- and under what
    endpoint @bytes NOT NULL  -- sealed URL, token and key of the book "endpoint", else empty
);
CREATE UNIQUE INDEX callback_receiver_key ON callback_receiver (book, key);
CREATE INDEX callback_receiver_corp ON callback_receiver (corpid);
CREATE INDEX callback_receiver_app ON callback_receiver (app);

-- callback_lease says which server delivers to a receiver, and until when it may.
CREATE TABLE callback_lease (
    receiver BIGINT PRIMARY KEY REFERENCES callback_receiver (no) ON DELETE CASCADE,
    owner    TEXT NOT NULL,
    until    BIGINT NOT NULL -- Unix milliseconds
) @rowless;

-- callback_delivery is a push to one receiver. Those that wait are a receiver's
-- queue, in the order of their numbers.
CREATE TABLE callback_delivery (
    no        @serial,
    receiver  BIGINT NOT NULL REFERENCES callback_receiver (no) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    body      TEXT NOT NULL,     -- in the clear
    queued_at BIGINT NOT NULL,   -- Unix milliseconds
    state     SMALLINT NOT NULL DEFAULT 0, -- 0 waits, 1 delivered, 2 failed
    attempts  SMALLINT NOT NULL DEFAULT 0, -- so far
    chances   SMALLINT NOT NULL, -- attempts left before it fails
    due       BIGINT NOT NULL DEFAULT 0,   -- Unix milliseconds of the next attempt
    within    BIGINT NOT NULL,   -- milliseconds for an answer
    reply     TEXT NOT NULL,     -- who is given the answer
    ref       TEXT NOT NULL
);
-- state stands in the index too, or SQLite, which counts the columns that are
-- given, takes the other one and reads through all that was ever delivered.
CREATE INDEX callback_delivery_queue ON callback_delivery (state, receiver, no) WHERE state = 0;
CREATE INDEX callback_delivery_failed ON callback_delivery (state, no) WHERE state = 2;
CREATE INDEX callback_delivery_receiver ON callback_delivery (receiver, no);

-- callback_attempt is one request of a delivery and what came of it. It refers to
-- the delivery without a foreign key: one that is deleted while its request is
-- under way must not spoil the record of others.
CREATE TABLE callback_attempt (
    delivery BIGINT NOT NULL,
    n        SMALLINT NOT NULL, -- from 1
    at       BIGINT NOT NULL,   -- Unix milliseconds
    took     BIGINT NOT NULL,   -- microseconds
    status   SMALLINT NOT NULL, -- of HTTP, 0 where there was no answer
    problem  TEXT NOT NULL,     -- empty where there was none
    seal     TEXT NOT NULL,     -- what the encryption drew: prefix, nonce, timestamp, signature
    response @bytes NOT NULL,   -- its beginning
    PRIMARY KEY (delivery, n)
) @rowless;
