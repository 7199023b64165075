-- +goose Up
CREATE TABLE ldap_corp (
    corpid     @text PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    suffix     TEXT NOT NULL,  -- as written; empty for the one made of the corpid
    suffixkey  @text NOT NULL, -- as compared
    attributes TEXT NOT NULL   -- JSON
) @rowless;
CREATE UNIQUE INDEX ldap_corp_suffix ON ldap_corp (suffixkey) WHERE suffixkey <> '';

CREATE TABLE ldap_account (
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       @text NOT NULL,
    secret_mac @bytes NOT NULL,
    app        BIGINT REFERENCES app (no) ON DELETE CASCADE, -- whose range and rights it has; NULL for a range of its own
    visible    TEXT NOT NULL,                                -- JSON
    created_at BIGINT NOT NULL,                              -- Unix milliseconds
    PRIMARY KEY (corpid, name)
) @rowless;
CREATE INDEX ldap_account_app ON ldap_account (app) WHERE app IS NOT NULL;
