-- +goose Up

-- oidc_grant is one authorisation: a member has let a client in, in a session.
-- Its code and all tokens that came of it hang on it and end with it.
CREATE TABLE oidc_grant (
    id         @text PRIMARY KEY,
    corpid     @text NOT NULL,
    client     @text NOT NULL REFERENCES oidc_client (id) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    session    @text NOT NULL,   -- ID of the session
    scopes     TEXT NOT NULL,    -- granted, separated by spaces
    request    TEXT NOT NULL,    -- JSON: what the token endpoint needs of the request
    auth_at    BIGINT NOT NULL,  -- when the member signed in; Unix milliseconds, like all times here
    way        TEXT NOT NULL,    -- how
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL   -- when nothing of it is good any more
);
CREATE INDEX oidc_grant_client ON oidc_grant (client);
CREATE INDEX oidc_grant_member ON oidc_grant (member);
CREATE INDEX oidc_grant_session ON oidc_grant (session);
CREATE INDEX oidc_grant_expiry ON oidc_grant (expires_at);

-- oidc_token is a code (c), an access token (a) or a refresh token (r). The
-- client holds the token, the row a keyed digest of it.
CREATE TABLE oidc_token (
    mac        @bytes PRIMARY KEY,
    kind       @text NOT NULL,
    grant_id   @text NOT NULL REFERENCES oidc_grant (id) ON DELETE CASCADE,
    used_at    BIGINT NOT NULL, -- 0 for not yet; a code and a refresh token are good once
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) @rowless;
CREATE INDEX oidc_token_grant ON oidc_token (grant_id);
CREATE INDEX oidc_token_expiry ON oidc_token (expires_at);
