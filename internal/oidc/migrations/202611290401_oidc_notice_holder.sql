-- +goose Up

-- The server that tells the client now.
ALTER TABLE oidc_notice ADD COLUMN holder TEXT NOT NULL DEFAULT '';
