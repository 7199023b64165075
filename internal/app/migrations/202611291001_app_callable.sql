-- +goose Up

-- An application is listed for the calls of any of WeCom's own applications, not of
-- customer contact alone.
UPDATE app SET settings = replace(settings, '"customer_callable":true', '"callable":["customer_contact"]');
