// Package openapi checks the description of the API with a library that nobody
// here wrote. It is a module of its own, so that nothing of that library enters
// the program's go.mod.
package openapi

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi/datamodel"
)

func TestTheDocumentIsOpenAPI(t *testing.T) {
	args := []string{"go", "run", "./cmd/qiwei"}
	if program := os.Getenv("QIWEI_BIN"); program != "" {
		args = []string{program}
	}
	cmd := exec.CommandContext(t.Context(), args[0], append(args[1:], "endpoints", "--openapi")...)
	cmd.Dir = "../.."
	var said strings.Builder
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("qiwei endpoints --openapi: %v\n%s", err, said.String())
	}
	// A form's table holds rows of controls, which may be tables. It ends: a list may be empty.
	doc, err := libopenapi.NewDocumentWithConfiguration(text, &datamodel.DocumentConfiguration{IgnoreArrayCircularReferences: true})
	if err != nil {
		t.Fatal(err)
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	valid, wrong := v.ValidateDocument()
	for _, w := range wrong {
		t.Errorf("%s: %s", w.Message, w.Reason)
		for _, s := range w.SchemaValidationErrors {
			t.Errorf("  %s: %s", s.FieldPath, s.Reason)
		}
	}
	if !valid || model.Model.Paths.PathItems.Len() < 20 {
		t.Errorf("valid %v, %d paths", valid, model.Model.Paths.PathItems.Len())
	}
}
