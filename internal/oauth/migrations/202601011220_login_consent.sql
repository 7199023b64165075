-- +goose Up
CREATE TABLE login_consent (
    app        BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    fields     TEXT NOT NULL,   -- wire names separated by spaces
    decided_at BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (app, member)
) @rowless;
CREATE INDEX login_consent_member ON login_consent (member);
