-- +goose Up

-- A corp's members in the order of their creation, page by page.
CREATE INDEX member_corp ON member (corpid, no);
