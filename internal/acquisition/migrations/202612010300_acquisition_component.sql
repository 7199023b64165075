-- +goose Up

-- acquisition_component is what a corp lets a provider's acquisition component (获客助手组件) do: the links that it is
-- given, and who pays.
CREATE TABLE acquisition_component (
    app    BIGINT NOT NULL PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    payer  BIGINT NOT NULL, -- 0 the corp, 1 the provider
    price  BIGINT NOT NULL, -- in fen, of somebody for whom the provider pays
    mode   BIGINT NOT NULL, -- 0 the links that are listed, 1 those that the applications have made
    apps   TEXT NOT NULL,   -- JSON, numbers
    links  TEXT NOT NULL    -- JSON, numbers
);
CREATE INDEX acquisition_component_corp ON acquisition_component (corpid, app);

-- acquisition_component_day counts what a day brought to a link with a component's scene.
CREATE TABLE acquisition_component_day (
    app    BIGINT NOT NULL REFERENCES acquisition_component (app) ON DELETE CASCADE,
    link   BIGINT NOT NULL REFERENCES acquisition_link (no) ON DELETE CASCADE,
    day    BIGINT NOT NULL, -- Unix seconds of its beginning in China
    clicks BIGINT NOT NULL,
    added  BIGINT NOT NULL,
    PRIMARY KEY (app, link, day)
) @rowless;

-- acquisition_bill is somebody for whom a provider has paid. It stays when the corp removes the component.
CREATE TABLE acquisition_bill (
    no       @serial,
    suite    @text NOT NULL,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link     BIGINT NOT NULL, -- our number
    state    TEXT NOT NULL,
    price    BIGINT NOT NULL, -- in fen
    at       BIGINT NOT NULL, -- Unix seconds
    once_key @text NOT NULL UNIQUE
);
CREATE INDEX acquisition_bill_suite ON acquisition_bill (suite, corpid, at, no);

-- acquisition_service is what a provider may still pay for, and serialises what counts it.
CREATE TABLE acquisition_service (
    partner @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    balance BIGINT NOT NULL
);

-- acquisition_permit are the people whom a corp lets customers of a marketing application (营销获客应用) come to.
CREATE TABLE acquisition_permit (
    app    BIGINT NOT NULL PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    people TEXT NOT NULL -- JSON
);

-- Whoever has come by a link with a component's scene is that component's, and with a key paid by its provider.
ALTER TABLE acquisition_customer ADD COLUMN component BIGINT NOT NULL DEFAULT 0;
ALTER TABLE acquisition_customer ADD COLUMN once_key TEXT NOT NULL DEFAULT '';
