-- +goose Up

-- oidc_logout is a client that is to be told that a session has ended. The row is
-- written with the end and goes when the client has taken note.
CREATE TABLE oidc_logout (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    client     @text NOT NULL REFERENCES oidc_client (id) ON DELETE CASCADE,
    subject    TEXT NOT NULL,
    session    TEXT NOT NULL,
    tries      BIGINT NOT NULL,
    due_at     BIGINT NOT NULL, -- Unix milliseconds
    created_at BIGINT NOT NULL
);
CREATE INDEX oidc_logout_due ON oidc_logout (due_at);
CREATE INDEX oidc_logout_client ON oidc_logout (client);
