// Package archive keeps the chat archive (会话内容存档): what members said, sealed for the enterprise's key (doc 91774).
package archive
