package scim

import (
	"container/heap"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"strings"
)

// item is an operation of a bulk request (RFC 7644, 3.7).
type item struct {
	method, path, bulkID, version string
	data                          document
}

// bulk carries out many operations, each in a transaction of its own. An operation that refers to what
// another creates waits for it, in whatever order they come.
func (c *call) bulk() (answer, error) {
	body, err := c.body(maxBulkBody)
	if err != nil {
		return answer{}, err
	}
	items, err := bulkItems(body)
	if err != nil {
		return answer{}, err
	}
	most := len(items)
	if v, ok := body.get("failOnErrors"); ok {
		n, isNumber := v.(json.Number)
		i, err := strconv.Atoi(n.String())
		if !isNumber || err != nil || i < 1 {
			return answer{}, bad(invalidValue, "failOnErrors: a number of at least 1 expected")
		}
		most = i
	}
	made := map[string]string{} // resource ids by bulkId
	out := make([]any, len(items))
	failed := 0
	for i := range inTurn(items) {
		it := &items[i]
		result, resourceID := c.item(it, made)
		if out[i] = result; resourceID == "" && result.failed() {
			failed++
		}
		if it.bulkID != "" && resourceID != "" {
			made[it.bulkID] = resourceID
		}
		if failed >= most {
			break
		}
	}
	results := []any{}
	for i, r := range out {
		if r == nil && failed < most { // it waits for itself, round about
			f := fault{status: http.StatusConflict, detail: "the operations wait for each other"}
			r = itemResult(&items[i], f.status, "", f.document())
		}
		if r != nil {
			results = append(results, r)
		}
	}
	return answer{status: http.StatusOK, body: document{"schemas": []any{urnBulkDone}, "Operations": results}}, nil
}

func bulkItems(body document) ([]item, error) {
	v, _ := body.get("Operations")
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, bad(invalidSyntax, "Operations: a list with an operation in it expected")
	}
	if len(list) > maxBulk {
		return nil, fault{status: http.StatusRequestEntityTooLarge, detail: "at most " + strconv.Itoa(maxBulk) + " operations"}
	}
	out := make([]item, len(list))
	seen := map[string]bool{}
	for i, e := range list {
		o, ok := object(e)
		if !ok {
			return nil, bad(invalidSyntax, "operation %d: an object expected", i+1)
		}
		text := func(name string) string {
			v, _ := o.get(name)
			s, _ := v.(string)
			return s
		}
		data, _ := o.get("data")
		it := item{method: strings.ToUpper(text("method")), path: text("path"), bulkID: text("bulkId"), version: text("version")}
		it.data, _ = object(data)
		switch {
		case it.method == http.MethodPost && it.bulkID == "":
			return nil, bad(invalidSyntax, "operation %d: POST needs a bulkId", i+1)
		case it.bulkID != "" && seen[it.bulkID]:
			return nil, bad(invalidValue, "operation %d: bulkId %q is given twice", i+1, it.bulkID)
		case it.method != http.MethodPost && it.method != http.MethodPut && it.method != http.MethodPatch && it.method != http.MethodDelete:
			return nil, bad(invalidSyntax, "operation %d: method is POST, PUT, PATCH or DELETE", i+1)
		case it.method != http.MethodDelete && it.data == nil:
			return nil, bad(invalidSyntax, "operation %d: data is missing", i+1)
		}
		seen[it.bulkID] = true
		out[i] = it
	}
	return out, nil
}

const bulkPrefix = "bulkId:"

// inTurn yields the places of operations that are ready, as far as possible in the order in which they came:
// one follows all that it refers to. Operations that wait for each other are left out. Each operation is read
// once.
func inTurn(items []item) iter.Seq[int] {
	makes := map[string]int{} // the operation of each bulkId
	for i, it := range items {
		if it.bulkID != "" {
			makes[it.bulkID] = i
		}
	}
	waitsFor := make([]int, len(items)) // how many are still to come before it
	followers := make([][]int, len(items))
	var ready places
	for i := range items {
		for ref := range items[i].speaksOf() {
			if first, known := makes[ref]; known && first != i {
				waitsFor[i]++
				followers[first] = append(followers[first], i)
			}
		}
		if waitsFor[i] == 0 {
			ready = append(ready, i)
		}
	}
	return func(yield func(int) bool) {
		for len(ready) > 0 {
			i := heap.Pop(&ready).(int)
			if !yield(i) {
				return
			}
			for _, f := range followers[i] {
				if waitsFor[f]--; waitsFor[f] == 0 {
					heap.Push(&ready, f)
				}
			}
		}
	}
}

// places is a heap of operations, the first of the request first.
type places []int

func (p places) Len() int           { return len(p) }
func (p places) Less(i, j int) bool { return p[i] < p[j] }
func (p places) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *places) Push(v any)        { *p = append(*p, v.(int)) }
func (p *places) Pop() any {
	old := *p
	v := old[len(old)-1]
	*p = old[:len(old)-1]
	return v
}

// speaksOf returns the bulkIds to which the operation refers.
func (it *item) speaksOf() map[string]bool {
	out := map[string]bool{}
	look := func(s string) string {
		if ref, ok := cutBulk(s); ok {
			out[ref] = true
		}
		return s
	}
	replaceTexts(it.data, look)
	look(it.path[strings.LastIndexByte(it.path, '/')+1:])
	return out
}

func cutBulk(s string) (ref string, ok bool) { return strings.CutPrefix(s, bulkPrefix) }

// replaceTexts returns a value with each text in it replaced.
func replaceTexts(v any, by func(string) string) any {
	switch v := v.(type) {
	case string:
		return by(v)
	case document:
		out := make(document, len(v))
		for k, e := range v {
			out[k] = replaceTexts(e, by)
		}
		return out
	case map[string]any:
		return replaceTexts(document(v), by)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = replaceTexts(e, by)
		}
		return out
	}
	return v
}

func (d document) failed() bool {
	n, err := strconv.Atoi(d.text("status"))
	return err != nil || n >= 400
}

// item carries out one operation, and returns its result and the id of what it
// worked on.
func (c *call) item(it *item, made map[string]string) (result document, resourceID string) {
	missing := ""
	resolve := func(s string) string {
		ref, ok := cutBulk(s)
		if !ok {
			return s
		}
		if made[ref] == "" {
			missing = ref
		}
		return made[ref]
	}
	name, rest, _ := strings.Cut(strings.Trim(it.path, "/"), "/")
	rest = resolve(rest)
	data, _ := object(replaceTexts(it.data, resolve))
	refuse := func(err error) (document, string) {
		f, ours := faultOf(err)
		if ours {
			c.s.deps.Log.Error("scim", "err", err)
		}
		location := ""
		if rest != "" {
			location = c.base + "/" + name + "/" + rest
		}
		return itemResult(it, f.status, location, f.document()), ""
	}
	if missing != "" {
		return refuse(bad(invalidValue, "nothing was made under bulkId %q", missing))
	}
	var t *resourceType
	for _, rt := range resourceTypes {
		if rt.endpoint == name {
			t = rt
		}
	}
	if t == nil || (it.method == http.MethodPost) != (rest == "") || strings.Contains(rest, "/") {
		return refuse(bad(invalidValue, "path %q: /Users, /Groups, or one of them with an id expected", it.path))
	}
	h := http.Header{}
	if it.version != "" {
		h.Set("If-Match", it.version)
	}
	a, err := c.do(t, it.method, rest, data, projection{}, h)
	if err != nil {
		return refuse(err)
	}
	location := c.base + "/" + name + "/" + rest
	if a.body != nil {
		rest, location = a.body.text("id"), a.body.object("meta").text("location")
	}
	result = itemResult(it, a.status, location, nil)
	if a.body != nil {
		result["version"] = a.body.object("meta").text("version")
	}
	return result, rest
}

func itemResult(it *item, status int, location string, response document) document {
	d := document{"method": it.method, "status": strconv.Itoa(status)}
	if it.bulkID != "" {
		d["bulkId"] = it.bulkID
	}
	if location != "" {
		d["location"] = location
	}
	if response != nil {
		d["response"] = response
	}
	return d
}
