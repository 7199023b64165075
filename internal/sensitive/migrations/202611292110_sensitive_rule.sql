-- +goose Up

-- sensitive_rule says what members may not write to customers (聊天敏感词). One that was
-- deleted stays, because whoever asks for it is told so.
CREATE TABLE sensitive_rule (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app         BIGINT NOT NULL, -- who made it
    name        TEXT NOT NULL,
    words       TEXT NOT NULL,   -- JSON
    semantics   TEXT NOT NULL,   -- JSON: 1 telephone numbers, 2 addresses of mail, 3 red packets
    kind        BIGINT NOT NULL, -- 1 intercepts, 2 warns
    departments TEXT NOT NULL,   -- JSON
    created_at  BIGINT NOT NULL, -- Unix seconds
    deleted_at  BIGINT NOT NULL  -- 0 if it is there
);
CREATE UNIQUE INDEX sensitive_rule_name ON sensitive_rule (corpid, name) WHERE deleted_at = 0;
CREATE INDEX sensitive_rule_corp ON sensitive_rule (corpid, no);

-- sensitive_rule_member is a member to whom a rule applies, besides those of departments.
CREATE TABLE sensitive_rule_member (
    rule   BIGINT NOT NULL REFERENCES sensitive_rule (no) ON DELETE CASCADE,
    member BIGINT NOT NULL, -- our number
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    PRIMARY KEY (rule, member)
) @rowless;
