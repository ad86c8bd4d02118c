package device

import (
	"container/list"
	"time"
)

// cache keeps values by address, the oldest first in order.
type cache struct {
	byAddress map[string]*list.Element
	order     list.List // of entry
}

type entry struct {
	address string
	value   string
	until   time.Time
}

// remembered gives a value that is not too old.
func (c *Client) remembered(address string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.known.byAddress[address]
	if !ok {
		return "", false
	}
	e := element.Value.(entry)
	if !c.Now().Before(e.until) {
		c.known.drop(element)
		return "", false
	}
	return e.value, true
}

// remember keeps a value, and drops the oldest where there are too many.
func (c *Client) remember(address, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known.byAddress == nil {
		c.known.byAddress = make(map[string]*list.Element)
	}
	if old, ok := c.known.byAddress[address]; ok {
		c.known.drop(old)
	}
	c.known.byAddress[address] = c.known.order.PushBack(entry{address, value, c.Now().Add(keepFor)})
	if c.known.order.Len() > maxKept {
		c.known.drop(c.known.order.Front())
	}
}

func (c *cache) drop(element *list.Element) {
	e := c.order.Remove(element).(entry)
	delete(c.byAddress, e.address)
}
