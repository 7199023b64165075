-- +goose Up

-- smart_hook is the address by which others write into a sheet (接收外部数据). Whoever has its key may.
CREATE TABLE smart_hook (
    no         @serial,
    corpid     @text NOT NULL,
    sheet      BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    key_mac    @bytes NOT NULL,
    key_sealed @bytes NOT NULL,
    userid     @text NOT NULL,   -- of the member who made the key; empty for an administrator
    made       BIGINT NOT NULL,  -- Unix seconds
    used       BIGINT NOT NULL   -- when it was last written by; 0 if never
);
CREATE UNIQUE INDEX smart_hook_sheet ON smart_hook (sheet);
CREATE UNIQUE INDEX smart_hook_key ON smart_hook (key_mac);
CREATE INDEX smart_hook_corp ON smart_hook (corpid);

-- hooked says that a record was written by the address, which may change it.
ALTER TABLE smart_record ADD COLUMN hooked BIGINT NOT NULL DEFAULT 0;
