-- +goose Up

-- mcp_key is the present key in a robot's address of a category of tools. A new one makes the address before stale.
CREATE TABLE mcp_key (
    bot      BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    category @text NOT NULL,
    mac      @bytes NOT NULL,
    sealed   @bytes NOT NULL,
    PRIMARY KEY (bot, category)
) @rowless;
CREATE UNIQUE INDEX mcp_key_mac ON mcp_key (mac);

-- mcp_grant lets a robot use a category of tools for a member.
CREATE TABLE mcp_grant (
    no         @serial,
    corpid     @text NOT NULL,
    bot        BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    category   @text NOT NULL,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    granted_by @text NOT NULL, -- userid of the administrator; empty if the member did it
    granted_at BIGINT NOT NULL, -- Unix milliseconds
    until      BIGINT NOT NULL  -- Unix milliseconds; 0 without end
);
CREATE UNIQUE INDEX mcp_grant_of ON mcp_grant (bot, category, member);
CREATE INDEX mcp_grant_member ON mcp_grant (member);

-- mcp_call is a use of a tool.
CREATE TABLE mcp_call (
    no       @serial,
    bot      BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    category @text NOT NULL,
    tool     @text NOT NULL,
    member   BIGINT NOT NULL, -- 0 if it was refused before one was known
    errcode  BIGINT NOT NULL,
    at       BIGINT NOT NULL  -- Unix milliseconds
);
CREATE INDEX mcp_call_bot ON mcp_call (bot, no);
CREATE INDEX mcp_call_at ON mcp_call (at);

-- mcp_nonce is a nonce that a robot's program has signed, until its time is over.
CREATE TABLE mcp_nonce (
    bot   BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    nonce @text NOT NULL,
    until BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (bot, nonce)
) @rowless;
CREATE INDEX mcp_nonce_until ON mcp_nonce (until);

-- mcp_token is a token of the command-line client.
CREATE TABLE mcp_token (
    mac   @bytes PRIMARY KEY,
    bot   BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    until BIGINT NOT NULL -- Unix milliseconds
);
CREATE INDEX mcp_token_until ON mcp_token (until);

-- mcp_export is what a smart document held when its export was asked for.
CREATE TABLE mcp_export (
    task_id @text PRIMARY KEY,
    bot     BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    member  BIGINT NOT NULL,
    body    TEXT NOT NULL,
    until   BIGINT NOT NULL -- Unix milliseconds
);
CREATE INDEX mcp_export_until ON mcp_export (until);
