-- +goose Up

-- dial_record is a call by the enterprise's telephone that was connected.
CREATE TABLE dial_record (
    no        @serial,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    call_time BIGINT NOT NULL, -- Unix seconds
    caller    @text NOT NULL,  -- userid, kept when the member has left
    minutes   BIGINT NOT NULL, -- of the caller
    callees   TEXT NOT NULL    -- JSON
);
CREATE INDEX dial_record_time ON dial_record (corpid, call_time, no);
