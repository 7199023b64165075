-- +goose Up
CREATE TABLE event (
    no      @serial,
    corpid  @text NOT NULL,
    name    TEXT NOT NULL,
    at      BIGINT NOT NULL, -- Unix milliseconds
    by_kind TEXT NOT NULL,
    by_app  BIGINT NOT NULL,
    payload TEXT NOT NULL    -- JSON
);
CREATE INDEX event_corp ON event (corpid, no);
