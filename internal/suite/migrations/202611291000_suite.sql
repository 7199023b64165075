-- +goose Up

-- provider is a corp that brings applications to others (服务商).
CREATE TABLE provider (
    no              @serial,
    corpid          @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    secret          @bytes NOT NULL, -- sealed provider_secret
    callback_keys   @bytes NOT NULL, -- sealed Token and EncodingAESKey of the system events
    trusted_ips     TEXT NOT NULL,
    settings        TEXT NOT NULL,   -- JSON
    token_round     BIGINT NOT NULL DEFAULT 1, -- raised when all tokens end
    token_issued_at BIGINT NOT NULL DEFAULT 0  -- Unix seconds; 0 is never
);
CREATE UNIQUE INDEX provider_corp ON provider (corpid);

-- suite is a third-party application, a template of proxy-developed ones, or a
-- login authorisation (登录授权), as its provider has it.
CREATE TABLE suite (
    no              @serial,
    provider        BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    suiteid         @text NOT NULL,
    kind            TEXT NOT NULL,
    secret          @bytes NOT NULL, -- sealed suite_secret
    callback_keys   @bytes NOT NULL, -- sealed Token and EncodingAESKey
    settings        TEXT NOT NULL,   -- JSON
    created_at      BIGINT NOT NULL, -- Unix milliseconds, as the others
    tickets         TEXT NOT NULL,   -- JSON: when each ticket was made that may still be good, newest first
    ticket_due      BIGINT NOT NULL, -- when the next is made; 0 for none
    token_round     BIGINT NOT NULL DEFAULT 1,
    token_issued_at BIGINT NOT NULL DEFAULT 0  -- Unix seconds
);
CREATE UNIQUE INDEX suite_suiteid ON suite (suiteid);
CREATE INDEX suite_provider ON suite (provider);
CREATE INDEX suite_ticket_due ON suite (ticket_due) WHERE ticket_due > 0;

-- suite_installation is a suite in a corp.
CREATE TABLE suite_installation (
    app          BIGINT PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    suite        BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    installed_by @text NOT NULL,  -- userid; empty where nobody is known
    mode         SMALLINT NOT NULL, -- 0 by an administrator, 1 by members
    state        TEXT NOT NULL,   -- of the link that it was installed by
    installed_at BIGINT NOT NULL
) @rowless;
CREATE UNIQUE INDEX suite_installation_suite ON suite_installation (suite, corpid);
CREATE INDEX suite_installation_corp ON suite_installation (corpid);

-- suite_code is a pre_auth_code or an auth_code. The text is in nobody's hands but
-- the one's that it was given to.
CREATE TABLE suite_code (
    mac        @bytes PRIMARY KEY,
    suite      BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    app        BIGINT REFERENCES app (no) ON DELETE CASCADE, -- of an auth_code
    test       SMALLINT NOT NULL, -- of a pre_auth_code: 1 for a test authorisation
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL    -- 0 until it is
) @rowless;
CREATE INDEX suite_code_app ON suite_code (app) WHERE app IS NOT NULL;
CREATE INDEX suite_code_expires ON suite_code (expires_at);

-- open_corp is what a provider knows a corp by. It stays when the corp has removed
-- every application of the provider.
CREATE TABLE open_corp (
    provider BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    openid   @text NOT NULL, -- wp…
    PRIMARY KEY (provider, corpid)
) @rowless;
CREATE UNIQUE INDEX open_corp_openid ON open_corp (provider, openid);
CREATE INDEX open_corp_corp ON open_corp (corpid);
