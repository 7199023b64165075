-- +goose Up

-- The applications of suites that are told what changes in the corp, which every change of the directory asks
-- for.
CREATE INDEX app_commanded ON app (corpid, no) WHERE kind IN ('third_party', 'third_party_contacts', 'contacts_edit');
