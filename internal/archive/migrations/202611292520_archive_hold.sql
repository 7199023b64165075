-- +goose Up

-- archive_rule says how long records are kept. The first rule that speaks of a record decides; one of which
-- none speaks is kept for ever.
CREATE TABLE archive_rule (
    no           @serial,
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    conversation @text NOT NULL,  -- internal, external, or empty: any
    msgtype      @text NOT NULL,  -- empty: any
    departments  TEXT NOT NULL,   -- JSON: of the sender; empty: any
    days         BIGINT NOT NULL  -- 0 is for ever
);
CREATE INDEX archive_rule_corp ON archive_rule (corpid, no);

-- archive_hold keeps records that a rule would erase.
CREATE TABLE archive_hold (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    people      TEXT NOT NULL,   -- JSON: who takes part; empty: anybody
    rooms       TEXT NOT NULL,   -- JSON: where; empty: anywhere
    since       BIGINT NOT NULL, -- Unix milliseconds, of the message
    until       BIGINT NOT NULL, -- 0 is without end
    created_at  BIGINT NOT NULL, -- Unix milliseconds
    released_at BIGINT NOT NULL  -- 0 if it holds
);
CREATE INDEX archive_hold_corp ON archive_hold (corpid, no);

-- archive_erasure is the signed report of an erasure.
CREATE TABLE archive_erasure (
    no        @serial,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    report    TEXT NOT NULL,  -- JSON, as it was signed
    signature @bytes NOT NULL -- Ed25519
);
CREATE INDEX archive_erasure_corp ON archive_erasure (corpid, no);

-- archive_sweep is when rules were last applied.
CREATE TABLE archive_sweep (
    corpid @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    day    BIGINT NOT NULL -- days since 1970
);
