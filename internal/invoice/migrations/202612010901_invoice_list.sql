-- +goose Up

-- The console lists the invoices of an enterprise by what has become of them, the newest first.
CREATE INDEX invoice_status ON invoice (corpid, status, no);
CREATE INDEX invoice_corp ON invoice (corpid, no);
