package message_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/message"
)

// node is an element of a documented reply.
type node struct {
	name, text string
	children   []*node
}

func (n *node) at(path []string) *node {
	if len(path) == 0 {
		return n
	}
	i := slices.IndexFunc(n.children, func(c *node) bool { return c.name == path[0] })
	if i < 0 {
		i = len(n.children)
		n.children = append(n.children, &node{name: path[0]})
	}
	return n.children[i].at(path[1:])
}

func (n *node) xml() string {
	inner := n.text
	for _, c := range n.children {
		inner += c.xml()
	}
	return "<" + n.name + ">" + inner + "</" + n.name + ">"
}

// notRead are the elements of replies whose content is not kept, with the reason.
var notRead = map[string]string{
	"news ArticleCount": "the articles are counted",
}

// TestRepliesAreReadWhole writes each type of passive reply with every element of page 90241, each with a
// different value, and looks for all values in what was read.
func TestRepliesAreReadWhole(t *testing.T) {
	table, err := os.ReadFile("../platform/testdata/documented/callback-elements.tsv")
	if err != nil {
		t.Fatal(err)
	}
	replies, values := map[string]*node{}, map[string]map[string]string{}
	for i, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		c := strings.Split(line, "\t")
		name, path, form := c[0], c[2], c[3]
		if !slices.Contains(strings.Fields(c[4]), "corp:90241") || !slices.Contains(message.Replies(), name) {
			continue
		}
		if replies[name] == nil {
			replies[name], values[name] = &node{name: "xml"}, map[string]string{}
		}
		leaf := replies[name].at(strings.Split(path, "."))
		value := fmt.Sprintf("value%d_", i)
		switch {
		case form == "element", slices.Contains([]string{"ToUserName", "FromUserName", "CreateTime"}, path):
			continue
		case path == "MsgType":
			leaf.text = name
			continue
		case strings.HasSuffix(path, ".Disable"), strings.HasSuffix(path, ".IsChecked"):
			leaf.text = "true"
			value = map[bool]string{true: `"disable":true`, false: `"is_checked":true`}[strings.HasSuffix(path, ".Disable")]
		case form == "number":
			value = fmt.Sprint(100_000 + i)
			leaf.text = value
		default:
			leaf.text = "<![CDATA[" + value + "]]>"
		}
		values[name][path] = value
	}
	for _, name := range []string{"text", "image", "voice", "video", "news", "update_template_card"} {
		if len(values[name]) == 0 {
			t.Errorf("%s has no documented elements", name)
			continue
		}
		read, err := message.WholeReply([]byte(replies[name].xml()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for path, value := range values[name] {
			if has := strings.Contains(read, value); has == (notRead[name+" "+path] != "") {
				t.Errorf("%s: %s is read: %v", name, path, has)
			}
		}
	}
}
