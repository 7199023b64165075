-- +goose Up
-- Who may add options was kept as false where it had not been said, and hindered nobody.
UPDATE smart_field SET body = replace(body, '"is_quick_add":false', '"is_quick_add":true') WHERE kind IN ('FIELD_TYPE_SELECT', 'FIELD_TYPE_SINGLE_SELECT');
