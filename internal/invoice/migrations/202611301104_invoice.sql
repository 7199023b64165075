-- +goose Up

-- invoice is an electronic invoice (电子发票) in the cards of a member's WeChat.
CREATE TABLE invoice (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member  BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    card_id @text NOT NULL,
    code    @text NOT NULL,           -- encrypt_code
    status  SMALLINT NOT NULL,        -- 0 free, 1 locked, 2 reimbursed
    outside SMALLINT NOT NULL DEFAULT 0, -- 1 if another account than this enterprise has locked it
    body    TEXT NOT NULL             -- JSON: what is on it
);
CREATE UNIQUE INDEX invoice_card ON invoice (corpid, card_id, code);
CREATE INDEX invoice_member ON invoice (member, no);
