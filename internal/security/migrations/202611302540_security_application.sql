-- +goose Up

-- security_application is a member who asks for an account with advanced features (高级功能申请单).
CREATE TABLE security_application (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    apply_id    @text NOT NULL UNIQUE,
    userkey     @text NOT NULL,  -- userid in lower case
    userid      @text NOT NULL,
    business    BIGINT NOT NULL, -- 1 mail, 2 documents, 3 drive, 4 meetings
    reason      TEXT NOT NULL,
    created_at  BIGINT NOT NULL, -- Unix seconds
    status      BIGINT NOT NULL, -- doc 99885
    approval_id @text NOT NULL,  -- the application's own; empty until one has set it
    url         TEXT NOT NULL,
    nodes       TEXT NOT NULL    -- JSON, what the application said of its approvers
);
CREATE INDEX security_application_corp ON security_application (corpid, business, no);
CREATE INDEX security_application_user ON security_application (corpid, userkey);
CREATE UNIQUE INDEX security_application_approval ON security_application (corpid, approval_id) WHERE approval_id <> '';
