-- +goose Up

-- oidc_notice is a client that is to be told that a session has ended. The row is
-- written with the end and goes when the client has taken note. It says itself where
-- the client is and how its tokens are signed: a client that is deleted is told, too.
CREATE TABLE oidc_notice (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    client     @text NOT NULL,
    uri        TEXT NOT NULL,
    algorithm  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    session    @text NOT NULL,
    tries      BIGINT NOT NULL,
    due_at     BIGINT NOT NULL, -- Unix milliseconds
    created_at BIGINT NOT NULL
);
CREATE INDEX oidc_notice_due ON oidc_notice (due_at);
CREATE INDEX oidc_notice_client ON oidc_notice (client, session);
INSERT INTO oidc_notice (corpid, client, uri, algorithm, subject, session, tries, due_at, created_at)
SELECT l.corpid, l.client, c.settings @json 'backchannel_logout_uri', coalesce(c.settings @json 'algorithm', 'RS256'), l.subject, l.session,
    l.tries, l.due_at, l.created_at
FROM oidc_logout l JOIN oidc_client c ON c.id = l.client
WHERE coalesce(c.settings @json 'backchannel_logout_uri', '') <> ''
ORDER BY l.no;
DROP TABLE oidc_logout;
