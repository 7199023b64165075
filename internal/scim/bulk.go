package scim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// item is an operation of a bulk request (RFC 7644, 3.7).
type item struct {
	method, path, bulkID, version string
	data                          document
	done                          bool
}

// bulk carries out many operations, each in a transaction of its own. One that
// speaks of what another makes waits for it, wherever the two stand.
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
	waiting := map[string]bool{}
	for _, it := range items {
		if it.bulkID != "" {
			waiting[it.bulkID] = true
		}
	}
	out := make([]any, len(items))
	failed := 0
	for progress := true; progress && failed < most; {
		progress = false
		for i := range items {
			it := &items[i]
			if it.done || failed >= most || it.waits(waiting) {
				continue
			}
			it.done, progress = true, true
			delete(waiting, it.bulkID)
			result, resourceID := c.item(it, made)
			if out[i] = result; resourceID == "" && result.failed() {
				failed++
			}
			if it.bulkID != "" && resourceID != "" {
				made[it.bulkID] = resourceID
			}
		}
	}
	results := []any{}
	for i, r := range out {
		if r == nil && failed < most { // it waits for itself, round about
			f := fault{http.StatusConflict, "", "the operations wait for each other"}
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
		return nil, fault{http.StatusRequestEntityTooLarge, "", "at most " + strconv.Itoa(maxBulk) + " operations"}
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

// waits reports whether the operation speaks of one that is still to come.
func (it *item) waits(waiting map[string]bool) bool {
	found := false
	look := func(s string) string {
		if ref, ok := cutBulk(s); ok && waiting[ref] && ref != it.bulkID {
			found = true
		}
		return s
	}
	replaceTexts(it.data, look)
	look(it.path[strings.LastIndexByte(it.path, '/')+1:])
	return found
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
