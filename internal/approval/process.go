package approval

import (
	"slices"

	"qiwei/internal/id"
)

// The types of node (doc 91853).
const (
	Approve int64 = 1 // 审批人
	Notify  int64 = 2 // 抄送人
	Handle  int64 = 3 // 办理人
)

// The ways in which several decide at one node (doc 91853).
const (
	Together int64 = 1 // 会签: all of them
	AnyOne   int64 = 2 // 或签: one of them
	InTurn   int64 = 3 // 依次审批: one after the other
)

// What became of a node, and of a person in it (doc 91983).
const (
	pending       int64 = 1
	agreed        int64 = 2
	refused       int64 = 3
	transferred   int64 = 4
	returned      int64 = 11
	added         int64 = 12
	agreedAdded   int64 = 13
	handled       int64 = 14
	handedOver    int64 = 15
	mostNodes           = 100 // with those that people add
	mostNodeUsers       = 100
)

// Node is a step of the process.
type Node struct {
	Type   int64    `json:"type"`
	Rel    int64    `json:"rel"`
	Status int64    `json:"status"`
	Told   bool     `json:"told,omitempty"` // its people know
	People []Person `json:"people"`
	// Kind is what chose the people, for the approval engine: 1 named, 2 by a tag, 3 superiors.
	Kind int64 `json:"kind,omitempty"`
}

// Person is somebody in a node.
type Person struct {
	UserID id.UserID `json:"userid"`
	Status int64     `json:"status"`
	Speech string    `json:"speech"`
	At     int64     `json:"at"` // Unix seconds, 0 before
	Media  []string  `json:"media"`
}

func people(users []id.UserID) (out []Person) {
	for _, u := range users {
		if !slices.ContainsFunc(out, func(p Person) bool { return p.UserID.Equal(u) }) {
			out = append(out, Person{UserID: u, Status: pending})
		}
	}
	return out
}

func newNode(kind, rel int64, users []id.UserID) Node {
	return Node{Type: kind, Rel: rel, Status: pending, People: people(users)}
}

// open reports whether the node still waits for a decision.
func (n Node) open() bool { return n.Type != Notify && n.Status == pending && len(n.People) > 0 }

// waiting returns the places of those whose turn it is.
func (n Node) waiting() (out []int) {
	if !n.open() {
		return nil
	}
	for i, p := range n.People {
		if p.Status == pending {
			if out = append(out, i); n.Rel == InTurn {
				break
			}
		}
	}
	return out
}

// settled reports whether the node has been decided, once a person in it has agreed.
func (n Node) settled() bool {
	if n.Rel == AnyOne {
		return true
	}
	return !slices.ContainsFunc(n.People, func(p Person) bool { return p.Status == pending })
}

// current returns the place of the node whose turn it is, -1 at the end.
func current(nodes []Node) int { return slices.IndexFunc(nodes, Node.open) }

// deciders returns those whose turn it is.
func deciders(nodes []Node) (out []id.UserID) {
	at := current(nodes)
	if at < 0 {
		return nil
	}
	for _, i := range nodes[at].waiting() {
		out = append(out, nodes[at].People[i].UserID)
	}
	return out
}

// turn returns where the user is to decide now.
func turn(nodes []Node, user id.UserID) (node, person int, ok bool) {
	node = current(nodes)
	if node < 0 {
		return 0, 0, false
	}
	for _, i := range nodes[node].waiting() {
		if nodes[node].People[i].UserID.Equal(user) {
			return node, i, true
		}
	}
	return 0, 0, false
}

// pass marks nodes that are told in passing, and returns their people. Nodes behind the current one wait; at
// the end all are told.
func pass(nodes []Node) (told []id.UserID) {
	end := current(nodes)
	if end < 0 {
		end = len(nodes)
	}
	for i := range nodes[:end] {
		if n := &nodes[i]; n.Type == Notify && !n.Told {
			n.Told = true
			for _, p := range n.People {
				told = append(told, p.UserID)
			}
		}
	}
	return told
}

// users returns the people of nodes of a type, each once, in order.
func users(nodes []Node, kinds ...int64) (out []id.UserID) {
	for _, n := range nodes {
		if !slices.Contains(kinds, n.Type) {
			continue
		}
		for _, p := range n.People {
			if !slices.ContainsFunc(out, p.UserID.Equal) {
				out = append(out, p.UserID)
			}
		}
	}
	return out
}

// attr writes how several decide as sp_record does: 1 any of them, 2 all.
func (n Node) attr() int64 {
	if n.Rel == AnyOne || len(n.People) == 1 && n.Rel == 0 {
		return 1
	}
	return 2
}
