package seed

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Files are the names by which qiwei dev finds an enterprise in the working directory, the first one first.
var Files = []string{"qiwei.json", "qiwei.yaml", "qiwei.yml"}

// isYAML reports whether a file's name says that it is YAML.
func isYAML(file string) bool {
	ext := strings.ToLower(filepath.Ext(file))
	return ext == ".yaml" || ext == ".yml"
}

// yamlTree parses YAML into what tree makes of JSON.
func yamlTree(content []byte) (any, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(content, &doc); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the file is empty")
	}
	return yamlValue(doc.Content[0], 0)
}

// yamlDepth bounds how deep a file goes, which aliases could make endless.
const yamlDepth = 32

func yamlValue(n *yaml.Node, depth int) (any, error) {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("line %d: %s", n.Line, fmt.Sprintf(format, args...))
	}
	if depth > yamlDepth {
		return nil, wrong("values within values, %d deep", depth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return nil, wrong("an alias *%s; write the value again", n.Value)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := yamlValue(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := object[key]; twice {
				return nil, fmt.Errorf("line %d: %q appears twice", n.Content[i].Line, key)
			}
			v, err := yamlValue(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			object[key] = v
		}
		return object, nil
	}
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	case "!!int":
		var i int64
		if err := n.Decode(&i); err != nil {
			return nil, wrong("%s is not a number, or is too large", n.Value)
		}
		return json.Number(fmt.Sprint(i)), nil
	case "!!float":
		return json.Number(n.Value), nil
	}
	return n.Value, nil
}
