-- +goose Up

-- album is a product that members show to customers (商品图册). What was deleted stays, because it is told apart
-- from what never was.
CREATE TABLE album (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app         BIGINT NOT NULL, -- who made it; 0 is an administrator
    description TEXT NOT NULL,
    price       BIGINT NOT NULL, -- in fen
    product_sn  TEXT NOT NULL,
    images      TEXT NOT NULL,   -- JSON, media_ids that stay
    created_at  BIGINT NOT NULL, -- Unix seconds
    deleted_at  BIGINT NOT NULL  -- 0 if it is there
);
CREATE INDEX album_corp ON album (corpid, no);

-- album_size serialises what counts a corp's products.
CREATE TABLE album_size (
    corpid @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    albums BIGINT NOT NULL -- how many there are
);
