-- +goose Up

-- contact_rule says whom members do not see in the address book (通讯录查看权限).
CREATE TABLE contact_rule (
    no     @serial,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    type   SMALLINT NOT NULL, -- 1 hides, 2 shows the own departments alone, 3 shows nobody
    body   TEXT NOT NULL      -- JSON: ranges of whom it is for, and of whom not
);
CREATE INDEX contact_rule_corp ON contact_rule (corpid, no);
