/* node_place.c - tests of rpc/node_place.h: the ways in which people name a node. */
#include "../../support/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/node_place.h"

static const struct {
	const char *where;
	enum status want;
	const char *url, *token;
} rows[] = {
	{"http://127.0.0.1:1234/rpc/v1", STATUS_OK, "http://127.0.0.1:1234/rpc/v1", ""},
	{"https://api.node.example/rpc/v1", STATUS_OK, "https://api.node.example/rpc/v1", ""},
	{"http://127.0.0.1:1234", STATUS_OK, "http://127.0.0.1:1234/rpc/v1", ""},
	{"http://127.0.0.1:1234/", STATUS_OK, "http://127.0.0.1:1234/rpc/v1", ""},
	{"ws://127.0.0.1:1234/rpc/v1", STATUS_OK, "http://127.0.0.1:1234/rpc/v1", ""},
	{"wss://node.example", STATUS_OK, "https://node.example/rpc/v1", ""},
	{"/ip4/127.0.0.1/tcp/1234/http", STATUS_OK, "http://127.0.0.1:1234/rpc/v1", ""},
	{"/ip4/127.0.0.1/tcp/1234", STATUS_OK, "http://127.0.0.1:1234/rpc/v1", ""},
	{"/ip6/::1/tcp/1234/http", STATUS_OK, "http://[::1]:1234/rpc/v1", ""},
	{"/dns/node.example/tcp/443/wss", STATUS_OK, "https://node.example:443/rpc/v1", ""},
	{"/dns4/node.example/tcp/443/https", STATUS_OK, "https://node.example:443/rpc/v1", ""},
	{"eyJh.eyJB.x-y_z:/ip4/127.0.0.1/tcp/1234/http", STATUS_OK, "http://127.0.0.1:1234/rpc/v1", "eyJh.eyJB.x-y_z"},
	{"eyJh.eyJB.x:https://node.example/rpc/v1", STATUS_OK, "https://node.example/rpc/v1", "eyJh.eyJB.x"},
	{"ftp://node.example", STATUS_USAGE, NULL, NULL},
	{"http://", STATUS_USAGE, NULL, NULL},
	{"http://[::1]:65535", STATUS_OK, "http://[::1]:65535/rpc/v1", ""},
	{"http://[::1]", STATUS_OK, "http://[::1]/rpc/v1", ""},
	{"http://127.0.0.1:0", STATUS_USAGE, NULL, NULL},
	{"http://127.0.0.1:65536/rpc/v1", STATUS_USAGE, NULL, NULL},
	{"http://127.0.0.1:18446744073709551617", STATUS_USAGE, NULL, NULL},
	{"http://127.0.0.1:12a", STATUS_USAGE, NULL, NULL},
	{"/ip4/127.0.0.1/tcp/65536/http", STATUS_USAGE, NULL, NULL},
	{"http:///rpc/v1", STATUS_USAGE, NULL, NULL},
	{"http://user:secret@node.example/", STATUS_USAGE, NULL, NULL},
	{"http://node.example/a b", STATUS_USAGE, NULL, NULL},
	{"http://node.example/\r\nX: y", STATUS_USAGE, NULL, NULL},
	{"/ip4/127.0.0.1/udp/1234/http", STATUS_USAGE, NULL, NULL},
	{"/ip4/127.0.0.1/tcp/http", STATUS_USAGE, NULL, NULL},
	{"/ip4/127.0.0.1/tcp/12a/http", STATUS_USAGE, NULL, NULL},
	{"/ip4/127.0.0.1/tcp/1234/quic", STATUS_USAGE, NULL, NULL},
	{"/ip4/127.0.0.1/tcp/1234/http/p2p", STATUS_USAGE, NULL, NULL},
	{"/ip6/::1]@evil/tcp/1234/http", STATUS_USAGE, NULL, NULL},
	{"to\r\nken:http://node.example", STATUS_USAGE, NULL, NULL},
	{":http://node.example", STATUS_USAGE, NULL, NULL},
};

static void check_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct node_place place = {.url = {0}};
		struct error why = {.status = STATUS_OK};
		enum status s = node_place_parse(&place, rows[i].where, NULL, &why);

		CHECK(node_place_is(rows[i].where), "a node, and no folder");
		CHECK_EQUAL(s, rows[i].want, rows[i].where);
		CHECK_EQUAL(why.status != STATUS_OK, s != STATUS_OK, "words, if it is malformed");
		CHECK(strstr(why.why, "secret") == NULL, "no secret in the words");
		if (s == STATUS_OK) {
			CHECK_TEXT(bytes_text(&place.url), rows[i].url, rows[i].where);
			CHECK_TEXT(bytes_text(&place.token), rows[i].token, rows[i].where);
		}
		node_place_release(&place);
	}
	CHECK(!node_place_is("ledger") && !node_place_is("/var/lib/ledger") && !node_place_is("a:b"), "folders");
	CHECK(node_place_lacks_scheme("127.0.0.1:1234") && node_place_lacks_scheme("node:80"), "HOST:PORT");
	CHECK(!node_place_lacks_scheme("ledger") && !node_place_lacks_scheme("a:b") &&
			!node_place_lacks_scheme(":80") && !node_place_lacks_scheme("/srv/a:80") &&
			!node_place_lacks_scheme("a:"),
		"no HOST:PORT");
}

static void write_token(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0 && chmod(path, mode) == 0, "a token file");
}

static void check_token_files(void)
{
	static const char url[] = "http://127.0.0.1:1234/rpc/v1";
	char path[] = "/tmp/retrieval-token-XXXXXX";
	struct node_place place = {.url = {0}};
	struct error why = {.status = STATUS_OK};
	int fd = mkstemp(path);

	CHECK(fd >= 0 && close(fd) == 0, "a file");
	write_token(path, "eyJh.eyJB.x\n", 0600);
	CHECK_EQUAL(node_place_parse(&place, url, path, &why), STATUS_OK, "a token of its owner");
	CHECK_TEXT(bytes_text(&place.token), "eyJh.eyJB.x", "without its newline");
	node_place_release(&place);
	CHECK_EQUAL(node_place_parse(&place, "a.b.c:http://127.0.0.1:1", path, &why), STATUS_USAGE, "two tokens");
	write_token(path, "eyJh.eyJB.x", 0640);
	CHECK_EQUAL(node_place_parse(&place, url, path, &why), STATUS_INSECURE, "a token that others may read");
	write_token(path, "two words", 0600);
	CHECK_EQUAL(node_place_parse(&place, url, path, &why), STATUS_USAGE, "no token");
	write_token(path, "", 0600);
	CHECK_EQUAL(node_place_parse(&place, url, path, &why), STATUS_USAGE, "an empty file");
	CHECK(unlink(path) == 0, "gone");
	CHECK_EQUAL(node_place_parse(&place, url, path, &why), STATUS_IO, "no file");
}

int main(void)
{
	check_rows();
	check_token_files();
	return test_end();
}
