-- +goose Up

-- oidc_client is a product that members sign in to by OpenID Connect. It belongs
-- to an application, whose visible range is its own.
CREATE TABLE oidc_client (
    id           @text PRIMARY KEY,
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app          BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    secret_mac   @bytes,          -- none of a public client
    earlier_mac  @bytes,          -- the secret before, good until earlier_until
    earlier_until BIGINT NOT NULL,
    settings     TEXT NOT NULL,   -- JSON
    created_at   BIGINT NOT NULL  -- Unix milliseconds, like all times here
);
CREATE INDEX oidc_client_corp ON oidc_client (corpid);
CREATE INDEX oidc_client_app ON oidc_client (app);

-- oidc_consent is what a member lets a client know.
CREATE TABLE oidc_consent (
    client     @text NOT NULL REFERENCES oidc_client (id) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    scopes     TEXT NOT NULL, -- separated by spaces
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (client, member)
) @rowless;
CREATE INDEX oidc_consent_member ON oidc_consent (member);
