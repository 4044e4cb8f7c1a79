/* ws_server_load and its kin: names, ini files and filters, from outside. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

/* The recipe that libwserve was born from, but for the port. */
#define RECIPE                     \
  "[app:myapp]\n"                  \
  "use = egg:mypackage#myapp\n"    \
  "\n"                             \
  "[filter:paste_prefix]\n"        \
  "use = egg:PasteDeploy#prefix\n" \
  "\n"                             \
  "[pipeline:main]\n"              \
  "pipeline =\n"                   \
  "    paste_prefix\n"             \
  "    myapp\n"                    \
  "\n"                             \
  "[server:main]\n"                \
  "use = egg:waitress#main\n"      \
  "listen = 127.0.0.1:0\n"

#define SERVER "[server:main]\nuse = egg:wserve#main\nlisten = 127.0.0.1:0\n"
#define MYAPP "use = egg:mypackage#myapp\n"
#define MARK(name) "use = egg:mypackage#mark\nname = " name "\n"

/* A folder with app.ini, and a server that finds mypackage.so. */
struct site {
  char* folder;
  char* ini;
  ws_server* server;
};

static void site_make(struct site* site, const char* ini) {
  site->folder = make_folder();
  site->ini = format("%s/app.ini", site->folder);
  write_file(site->ini, ini);
  site->server = ws_server_new();
  assert_ok(ws_server_set(site->server, "app_path", PLUGINS));
}

static void site_end(struct site* site) {
  ws_server_free(site->server);
  remove_folder(site->folder);
  free(site->folder);
  free(site->ini);
}

static void site_start(struct site* site) {
  assert_ok(ws_server_listen(site->server));
  assert_ok(ws_server_start(site->server));
}

static void site_stop(struct site* site) {
  ws_server_stop(site->server);
  assert_ok(ws_server_join(site->server));
  site_end(site);
}

/* Asks a running server, with fields of the caller's, each with its line end. */
static void assert_told(ws_server* server, const char* path, const char* fields,
                        const char* expected) {
  char* request = format("GET %s HTTP/1.1\r\nHost: example.org\r\n%s\r\n", path, fields);
  struct response response = client_ask(ws_server_port(server, 0), request);
  if (strstr(response.body, expected) == NULL) {
    print_error("%s\n", request);
  }
  assert_holds(response.body, expected);
  response_free(&response);
  free(request);
}

/* Serves an ini file and asks for "/x". */
static void assert_ini_tells(const char* ini, const char* name, const char* path,
                             const char* expected) {
  struct site site;
  site_make(&site, ini);
  char* what = format("%s%s", site.ini, name);
  assert_ok(ws_server_load(site.server, what, NULL));
  free(what);
  site_start(&site);
  assert_told(site.server, path, "", expected);
  site_stop(&site);
}

static void test_deploy__the_recipe_serves(void** state) {
  (void)state;
  struct site site;
  site_make(&site, RECIPE);
  assert_ok(ws_server_load(site.server, site.ini, NULL));
  site_start(&site);
  assert_told(site.server, "/x",
              "X-Forwarded-Proto: https\r\nX-Forwarded-For: 1.2.3.4, 192.0.2.7\r\n",
              "https://example.org script= path=/x client=192.0.2.7 ");
  assert_told(site.server, "/x", "X-Forwarded-Host: evil\r\nX-Forwarded-Server: evil\r\n",
              "http://example.org script= path=/x client=127.0.0.1 ");
  assert_told(site.server, "/x", "X-Forwarded-Scheme: https\r\n", "http://example.org ");
  assert_told(site.server, "/x", "X-Forwarded-Proto: gopher\r\n",
              "Header \"X-Forwarded-Proto\" malformed.");
  site_stop(&site);
}

static void test_deploy__sections_lead_to_applications(void** state) {
  (void)state;
  static const struct {
    const char* ini;
    const char* name;
    const char* path;
    const char* expected;
  } cases[] = {
      {"[app:main]\n" MYAPP SERVER, "", "/x", " marks= settings="},
      {"[application:main]\n" MYAPP SERVER, "", "/x", " settings="},
      {"[app:main]\n" MYAPP "[app: other ]\n" MYAPP "a = 1\n" SERVER, "#other", "/x",
       " settings=a=1 "},
      {"[app:main]\nuse: egg:mypackage#myapp\na: 1\n" SERVER, "", "/x", " settings=a=1 "},
      /* comments, continuation lines, interpolation */
      {"; one\n# two\n[DEFAULT]\nbase = b\n[app:main]\n" MYAPP
       "a = one\n  ; no part of it\n\n  two ; but this is\nc = %(base)s-%(a)s 100%%\n" SERVER,
       "", "/x", " settings=a=one\n\ntwo ; but this is c=b-one\n\ntwo ; but this is 100% "},
      /* [DEFAULT], set and get */
      {"[DEFAULT]\ncolor = red\n[app:main]\n" MYAPP SERVER, "", "/x", "settings=| color=red"},
      {"[DEFAULT]\ncolor = red\n[app:main]\n" MYAPP "set color = blue\n" SERVER, "", "/x",
       "| color=blue"},
      {"[DEFAULT]\ncolor = red\n[app:main]\n" MYAPP "get tint = color\n" SERVER, "", "/x",
       " settings=tint=red "},
      {"[DEFAULT]\ncolor = red\n[app:main]\n" MYAPP "color = blue\n" SERVER, "", "/x",
       "settings=| color=red"},
      /* one section uses another */
      {"[app:main]\nuse = base\na = 2\nset color = blue\n[app:base]\n" MYAPP
       "a = 1\nb = 1\nset color = red\n" SERVER,
       "", "/x", " settings=a=2 b=1 | color=blue"},
      {"[app:main]\nuse = config:app.ini#base\n[app:base]\n" MYAPP "a = 1\n" SERVER, "", "/x",
       " settings=a=1 "},
      /* filters and their order */
      {"[pipeline:main]\npipeline = one two app\n[filter:one]\n" MARK("1") "[filter:two]\n" MARK(
           "2") "[app:app]\n" MYAPP SERVER,
       "", "/x", " marks=12 "},
      {"[app:main]\n" MYAPP "filter-with = one\n[filter:one]\n" MARK("1") "filter-with = two\n"
                                                                          "[filter:two]\n" MARK("2")
                                                                              SERVER,
       "", "/x", " marks=21 "},
      {"[filter-app:main]\n" MARK("f") "next = app\n[app:app]\n" MYAPP SERVER, "", "/x",
       " marks=f "},
      {"[pipeline:main]\npipeline = one app\nfilter-with = two\n[filter:one]\n" MARK(
           "1") "[filter:two]\n" MARK("2") "[app:app]\n" MYAPP SERVER,
       "", "/x", " marks=21 "},
      {"[filter-app:main]\nuse = egg:mypackage#plain\nnext = app\n[app:app]\n" MYAPP SERVER, "",
       "/x", " marks= "},
      /* a composite */
      {"[composite:main]\nuse = egg:Paste#urlmap\n/ = root\n/blog = blog\n[app:root]\n" MYAPP
       "a = root\n[app:blog]\n" MYAPP "a = blog\n" SERVER,
       "", "/blog/x", "script=/blog path=/x client=127.0.0.1 marks= settings=a=blog "},
      {"[composite:main]\nuse = egg:wserve#urlmap\n/ = root\n/blog = blog\n[app:root]\n" MYAPP
       "a = root\n[app:blog]\n" MYAPP "a = blog\n" SERVER,
       "", "/blogger", "script= path=/blogger client=127.0.0.1 marks= settings=a=root "},
      {"[composite:main]\nuse = egg:Paste#urlmap\n/blog/ab = blog\n[app:blog]\n" MYAPP SERVER, "",
       "/b%6cog/a%62/%2561/?q", " raw=/%2561/"},
      {"[composite:main]\nuse = egg:Paste#urlmap\n/blog = blog\n[app:blog]\n" MYAPP SERVER, "",
       "/blog//evil.example/%2e", "script=/blog path=/evil.example/. "},
      {"[filter:p]\nuse = egg:wserve#prefix\nprefix = /p\n[pipeline:main]\npipeline = p map\n"
       "[composite:map]\nuse = egg:Paste#urlmap\n/blog = blog\n[app:blog]\n" MYAPP SERVER,
       "", "/p//blog//evil%20example", "raw=/evil%20example"},
      /* a Host without a port has that of the scheme */
      {"[composite:main]\nuse = egg:Paste#urlmap\n/ = one\ndomain Example.org port 080 /x = two\n"
       "[app:one]\n" MYAPP "a = one\n[app:two]\n" MYAPP "a = two\n" SERVER,
       "", "/x", "settings=a=two "},
      {"[composite:main]\nuse = egg:Paste#urlmap\n/ = one\ndomain example.org port 443 /x = two\n"
       "[app:one]\n" MYAPP "a = one\n[app:two]\n" MYAPP "a = two\n" SERVER,
       "", "/x", "settings=a=one "},
      {"[composite:main]\nuse = egg:Paste#urlmap\ndomain example.org /x = one\n/x/y = two\n"
       "[app:one]\n" MYAPP "a = one\n[app:two]\n" MYAPP "a = two\n" SERVER,
       "", "/x/y", "settings=a=one "},
      {"[composite:main]\nuse = egg:Paste#urlmap\n/blog = blog\n[app:blog]\n" MYAPP SERVER, "", "/",
       "Not Found"},
      {"[composite:main]\nuse = egg:Paste#urlmap\nnot_found_app = root\n/blog = "
       "root\n[app:root]\n" MYAPP "a = root\n" SERVER,
       "", "/x", "settings=a=root "},
      /* what comes with the library, and the long way to a plugin */
      {"[app:main]\nuse = egg:wserve#hello\n" SERVER, "", "/", "Hello, World!"},
      {"[app:main]\nuse = call:" PLUGINS "/mypackage.so:myapp\n" SERVER, "", "/x", "path=/x"},
      {"[filter:p]\nuse = egg:wserve#prefix\nprefix = /james\nscheme = https\nforce_port =\n"
       "[pipeline:main]\npipeline = p app\n[app:app]\n" MYAPP SERVER,
       "", "/james/bond", "https://example.org script=/james path=/bond "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    assert_ini_tells(cases[i].ini, cases[i].name, cases[i].path, cases[i].expected);
  }
}

/* Loads a text that somebody has made to cost much. */
static ws_status load_costly(const char* ini) {
  struct site site;
  site_make(&site, ini);
  const ws_status status = ws_server_load(site.server, site.ini, NULL);
  site_end(&site);
  return status;
}

/* Twenty levels that each name the next one twice are a million applications. */
static void test_deploy__sections_that_multiply_are_refused(void** state) {
  (void)state;
  char* text = format("%s", SERVER "[composite:main]\nuse = c0\n[app:c20]\n" MYAPP);
  for (int i = 0; i < 20; ++i) {
    char* longer = format("%s[composite:c%d]\nuse = egg:wserve#urlmap\n/a = c%d\n/b = c%d\n", text,
                          i, i + 1, i + 1);
    free(text);
    text = longer;
  }
  assert_status(load_costly(text), WS_EINVAL);
  assert_holds(ws_last_error(), "use one another too often");
  free(text);
}

/* Eighty values of a megabyte each, of a file of a few kilobytes. */
static void test_deploy__values_that_multiply_are_refused(void** state) {
  (void)state;
  char* text = format("%sa = %01000d\nb = ", SERVER "[app:main]\n" MYAPP, 0);
  for (int i = 0; i < 31; ++i) {
    char* longer = format("%s%%(a)s", text);
    free(text);
    text = longer;
  }
  char* longer = format("%s\nc = ", text);
  free(text);
  text = longer;
  for (int i = 0; i < 31; ++i) {
    longer = format("%s%%(b)s", text);
    free(text);
    text = longer;
  }
  for (int i = 0; i < 80; ++i) {
    longer = format("%s\nd%d = %%(c)s", text, i);
    free(text);
    text = longer;
  }
  assert_status(load_costly(text), WS_EINVAL);
  assert_holds(ws_last_error(), "become too long");
  free(text);
}

static void test_deploy__mistakes_in_files_are_named(void** state) {
  (void)state;
  static const struct {
    const char* ini;
    ws_status status;
    const char* message;
  } cases[] = {
      {"a = 1\n", WS_EINVAL, "app.ini:1: \"a = 1\" stands before the first [section]"},
      {"[app:main\n", WS_EINVAL, "app.ini:1: a section must be written [NAME]"},
      {"[a]\nword\n", WS_EINVAL, "app.ini:2: \"word\" is neither [section] nor KEY = VALUE"},
      {"[a]\nb = 1\nb = 2\n", WS_EINVAL, "app.ini:3: key \"b\" is there already"},
      {"[a]\nb = 1\nb = 2\n\n  3\nc = 1\n", WS_EINVAL, "app.ini:3: key \"b\" is there already"},
      {"[DEFAULT]\nb = 1\nb = 2\n[a]\n", WS_EINVAL, "app.ini:3: key \"b\" is there already"},
      {"[a]\n[a]\n", WS_EINVAL, "app.ini:2: section [a] is there already"},
      {"[DEFAULT]\n[DEFAULT]\n", WS_EINVAL, "section [DEFAULT] is there already"},
      {SERVER "a = %(b)s\n[app:main]\n" MYAPP, WS_EINVAL, "app.ini: %(b)s: there is no \"b\""},
      {SERVER "a = 5%\n[app:main]\n" MYAPP, WS_EINVAL, "\"%\" must be \"%%\" or begin"},
      {SERVER "a = %(a)s\n[app:main]\n" MYAPP, WS_EINVAL, "refer to one another too deeply"},
      {SERVER
       "a = %(b)s%(b)s%(b)s%(b)s%(b)s\nb = %(c)s%(c)s%(c)s%(c)s%(c)s\n"
       "c = %(d)s%(d)s%(d)s%(d)s%(d)s\nd = %(e)s%(e)s%(e)s%(e)s%(e)s\n"
       "e = %(f)s%(f)s%(f)s%(f)s%(f)s\nf = %(g)s%(g)s%(g)s%(g)s%(g)s\ng =\n[app:main]\n" MYAPP,
       WS_EINVAL, "refer to one another too often"},
      {"[app:main]\n" MYAPP, WS_EUNKNOWN,
       "No section 'main' (prefixed by 'server') found in config "},
      {SERVER, WS_EUNKNOWN,
       "No section 'main' (prefixed by 'app' or 'application' or 'composite' or 'composit' or "
       "'pipeline' or 'filter-app') found in config "},
      {SERVER "[app:main]\n" MYAPP "[pipeline:main]\npipeline = main\n", WS_EUNKNOWN,
       "Ambiguous section names ['app:main', 'pipeline:main'] for section 'main' (prefixed by "},
      {SERVER "[app:main]\na = 1\n", WS_EUNKNOWN, "No loader given in section 'app:main'"},
      {SERVER "[app:main]\npaste.app_factory = a:b\n", WS_EUNKNOWN,
       "it needs use = egg:NAME#ENTRY, for it cannot load Python code by paste.app_factory"},
      {SERVER "[app:main]\npaste.app_factory = a:b\npaste.composite_factory = a:b\n", WS_EUNKNOWN,
       "Multiple protocols given in section 'app:main': paste.app_factory, "
       "paste.composite_factory"},
      {SERVER "[app:main]\nuse = main\n", WS_EUNKNOWN, "use one another in a circle"},
      {SERVER "[app:main]\nuse = ftp:x\n", WS_EUNKNOWN,
       "URI scheme not known: 'ftp' (from config, egg, call)"},
      {SERVER "[app:main]\nuse = call:x\n", WS_EUNKNOWN,
       "Configuration not in format module:function"},
      {SERVER "[app:main]\nuse = config:nothing.ini\n", WS_ESYSTEM,
       "nothing.ini: No such file or directory"},
      {SERVER "[app:main]\nuse = egg:nothing#x\n", WS_EUNKNOWN,
       "egg:nothing#x: there is no nothing.so or libnothing.so on the application path ("},
      {SERVER "[app:main]\nuse = egg:mypackage#x\n", WS_EUNKNOWN, "Entry point 'x' not found: "},
      {SERVER "[app:main]\nuse = egg:../mypackage#x\n", WS_EUNKNOWN, "there is no ../mypackage.so"},
      {SERVER "[app:main]\n" MYAPP "fail = 1\n", WS_EAPP, "[app:main] in "},
      {SERVER "[app:main]\n" MYAPP "get a = b\n", WS_EUNKNOWN,
       "[app:main] get a = b: there is no global \"b\""},
      {SERVER "[pipeline:main]\npipeline =\n", WS_EUNKNOWN, "is missing a 'pipeline' setting"},
      {SERVER "[pipeline:main]\npipeline = a\nb = 1\nget c = here\n", WS_EUNKNOWN,
       "pipeline section in "},
      {SERVER "[filter-app:main]\nuse = egg:wserve#prefix\n", WS_EUNKNOWN,
       "is missing a 'next' setting"},
      {SERVER "[app:main]\n" MYAPP "filter-with = f\n[filter:f]\nuse = egg:wserve#prefix\n"
              "prefiks = /a\n",
       WS_EUNKNOWN, "filter prefix: \"prefiks\" is not a setting; there are prefix, "},
      {SERVER "[app:main]\n" MYAPP "filter-with = f\n[filter:f]\nuse = egg:mypackage#mark\n",
       WS_EINVAL, "mark needs a name"},
      {"[server:main]\nuse = egg:gunicorn#main\n[app:main]\n" MYAPP, WS_EUNKNOWN,
       "the server must be egg:wserve#main or egg:waitress#main"},
      {SERVER "threads = many\n[app:main]\n" MYAPP, WS_EINVAL,
       "threads must be 0..1024 or auto, got \"many\""},
      {SERVER "thread = 1\n[app:main]\n" MYAPP, WS_EUNKNOWN, "\"thread\" is not an option"},
      {SERVER "[composite:main]\nuse = egg:Paste#urlmap\nblog = main\n[app:main2]\n" MYAPP,
       WS_EUNKNOWN, "circle"},
      {SERVER "[composite:main]\nuse = egg:Paste#urlmap\nblog = a\n[app:a]\n" MYAPP, WS_EINVAL,
       "a path must be /PATH"},
      {SERVER "[composite:main]\nuse = egg:Paste#urlmap\n/a = a\n/a/ = a\n[app:a]\n" MYAPP,
       WS_EINVAL, "\"/a/\" is there already"},
      {SERVER "[composite:main]\nuse = egg:Paste#urlmap\n/a = a\n/b = gone\n/c = gone "
              "too\n[app:a]\n" MYAPP,
       WS_EUNKNOWN, "; [composite:main] /c: No section 'gone too' (prefixed by "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct site site;
    site_make(&site, cases[i].ini);
    assert_status(ws_server_load(site.server, site.ini, NULL), cases[i].status);
    assert_holds(ws_last_error(), cases[i].message);
    site_end(&site);
  }
}

static void test_deploy__settings_are_defaults_of_a_file(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "[app:main]\n" MYAPP "a = <%(color)s>\n" SERVER);
  assert_ok(ws_server_load(site.server, site.ini, "color='dark \"red\"' "));
  site_start(&site);
  assert_told(site.server, "/", "", "settings=a=<dark \"red\"> | color=dark \"red\"");
  site_stop(&site);
}

static void test_deploy__options_that_were_set_go_before_the_file(void** state) {
  (void)state;
  const char* ini =
      "[server:main]\nuse = egg:wserve#main\nhost = 192.0.2.1\nport = 99\n"
      "url_scheme = https\nident = file\n[app:main]\n" MYAPP;
  for (int i = 0; i < 2; ++i) {
    struct site site;
    site_make(&site, ini);
    for (int step = 0; step < 2; ++step) {
      if (step == i) {
        assert_ok(ws_server_set(site.server, "listen", "127.0.0.1:0"));
        assert_ok(ws_server_set(site.server, "ident", "hand"));
      } else {
        assert_ok(ws_server_load(site.server, site.ini, NULL));
      }
    }
    assert_string_equal(ws_server_get(site.server, "ident"), "hand");
    assert_string_equal(ws_server_get(site.server, "host"), "0.0.0.0");
    site_start(&site);
    assert_told(site.server, "/", "", "https://example.org");
    site_stop(&site);
  }
}

static void test_deploy__a_server_section_may_have_the_name(void** state) {
  (void)state;
  struct site site;
  site_make(&site, SERVER "[app:a]\n" MYAPP
                          "[server:a]\nuse = egg:wserve#main\nlisten = 127.0.0.1:0\nident = a\n");
  char* what = format("config:%s#a", site.ini);
  assert_ok(ws_server_load(site.server, what, NULL));
  assert_string_equal(ws_server_get(site.server, "ident"), "a");
  free(what);
  site_end(&site);
}

static ws_status own_app(ws_request* request, void* app_data) {
  (void)app_data;
  const char* marks = ws_request_get(request, "test.marks");
  return ws_request_reply(request, 200, "text/plain", marks, strlen(marks));
}

static void test_deploy__a_program_may_bring_its_own_app(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "[pipeline:main]\npipeline = one two nothing\n[filter:one]\n" MARK(
                       "1") "[filter:two]\n" MARK("2") "[app:nothing]\nuse = egg:nothing\n" SERVER);
  assert_ok(ws_server_load_settings(site.server, site.ini, NULL));
  assert_ok(ws_server_set_app(site.server, own_app, NULL));
  site_start(&site);
  assert_told(site.server, "/", "", "12");
  site_stop(&site);

  site_make(&site, SERVER "[composite:main]\nuse = egg:Paste#urlmap\n/a = a\n[app:a]\n" MYAPP);
  assert_status(ws_server_load_settings(site.server, site.ini, NULL), WS_EINVAL);
  assert_holds(ws_last_error(), "composite");
  site_end(&site);
}

static void assert_body_comes(const struct site* site, const char* path, const char* host,
                              const char* expected) {
  char* request =
      format("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\n\r\nabc", path, host);
  struct response response = client_ask(ws_server_port(site->server, 0), request);
  assert_string_equal(response.body, expected);
  response_free(&response);
  free(request);
}

#define BODIES "use = egg:mypackage#bodies\n"

static void test_deploy__each_application_may_stream_its_bodies(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "[pipeline:main]\npipeline = one prefix map\n[filter:one]\n" MARK(
                       "1") "[filter:prefix]\nuse = egg:wserve#prefix\nprefix = /site\n"
                            "[composite:map]\nuse = egg:Paste#urlmap\n"
                            "/up = up\n/up/whole = whole\n/ = rest\n"
                            "domain up.example / = chain\n"
                            "[app:up]\n" BODIES "body_streaming = true\n"
                            "[app:whole]\n" BODIES "body_streaming = no\n"
                            "[app:rest]\n" BODIES
                            "[pipeline:chain]\npipeline = one up\n" SERVER);
  assert_ok(ws_server_load(site.server, site.ini, NULL));
  site_start(&site);
  assert_body_comes(&site, "/site/up/a", "example.org", "streamed: abc");
  assert_body_comes(&site, "/up", "example.org", "streamed: abc");
  assert_body_comes(&site, "/site/up/whole", "example.org", "whole: abc");
  assert_body_comes(&site, "/upper", "example.org", "whole: abc");
  assert_body_comes(&site, "/upper", "up.example", "streamed: abc");
  site_stop(&site);
}

static void test_deploy__an_application_may_keep_its_bodies_whole(void** state) {
  (void)state;
  struct site site;
  site_make(&site,
            "[composite:main]\nuse = egg:Paste#urlmap\n/whole = whole\n/ = rest\n"
            "[app:whole]\n" BODIES "body-streaming = false\n[app:rest]\n" BODIES SERVER
            "body_streaming = true\n");
  assert_ok(ws_server_load(site.server, site.ini, NULL));
  site_start(&site);
  assert_body_comes(&site, "/whole", "example.org", "whole: abc");
  assert_body_comes(&site, "/", "example.org", "streamed: abc");
  site_stop(&site);
}

static void test_deploy__a_program_s_own_app_streams_as_its_section_says(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "[app:main]\nuse = egg:nothing\nbody_streaming = true\n" SERVER);
  assert_ok(ws_server_load_settings(site.server, site.ini, NULL));
  assert_string_equal(ws_server_get(site.server, "body_streaming"), "true");
  site_end(&site);

  site_make(&site, "[app:main]\n" BODIES "body_streaming = perhaps\n" SERVER "thread = 1\n");
  assert_status(ws_server_load(site.server, site.ini, NULL), WS_EUNKNOWN);
  assert_holds(ws_last_error(), "\"thread\" is not an option");
  assert_holds(ws_last_error(), "[app:main] in ");
  assert_holds(ws_last_error(), "body_streaming must be ");
  assert_status(ws_server_load_settings(site.server, site.ini, NULL), WS_EUNKNOWN);
  assert_holds(ws_last_error(), "\"thread\" is not an option");
  assert_holds(ws_last_error(), "[app:main] in ");
  assert_holds(ws_last_error(), "body_streaming must be ");
  site_end(&site);
}

static void test_deploy__options_of_a_file_alone(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "[composite:main]\nuse = egg:Paste#urlmap\n/a = a\n[app:a]\n" MYAPP
                   "[server:main]\nuse = egg:wserve#main\nqueue_limit = %(most)s\n");
  assert_ok(ws_server_load_options(site.server, site.ini, "most=12"));
  assert_string_equal(ws_server_get(site.server, "queue_limit"), "12");
  assert_status(ws_server_load_options(site.server, site.ini, NULL), WS_EINVAL);
  assert_status(ws_server_load_options(site.server, "/nonexistent/x.ini", NULL), WS_ESYSTEM);
  assert_status(ws_server_load_options(site.server, "hello", NULL), WS_ESYSTEM); /* no such file */
  site_end(&site);
}

static void test_deploy__applications_have_names(void** state) {
  (void)state;
  static const char* const names[] = {"mypackage:myapp", "egg:mypackage#myapp",
                                      PLUGINS "/mypackage.so:myapp"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    struct site site;
    site_make(&site, "");
    assert_ok(ws_server_set(site.server, "listen", "127.0.0.1:0"));
    assert_ok(ws_server_load(site.server, names[i], "a=\"1 \\\" 2\" b=''"));
    site_start(&site);
    assert_told(site.server, "/", "", "settings=a=1 \" 2 b= ");
    site_stop(&site);
  }
}

static void test_deploy__settings_have_a_form(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  static const struct {
    const char* settings;
    ws_status status;
    const char* message;
  } cases[] = {
      {"x", WS_EINVAL, "settings must be NAME=VALUE words, got \"x\""},
      {"=x", WS_EINVAL, "settings must be NAME=VALUE words"},
      {"prefix='/a", WS_EINVAL, "the quotes around the value of prefix do not end"},
      {"what=1", WS_EUNKNOWN,
       "filter prefix: \"what\" is not a setting; there are prefix, translate_forwarded_server, "
       "force_port, scheme, append"},
      {"scheme=ftp", WS_EINVAL, "filter prefix: scheme must be http or https, got \"ftp\""},
      {"force_port=http", WS_EINVAL, "filter prefix: force_port must be 1..65535 or empty"},
      {"append=perhaps", WS_EINVAL, "filter prefix: append must be true or false"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    assert_status(ws_server_use_named(server, "prefix", cases[i].settings), cases[i].status);
    assert_holds(ws_last_error(), cases[i].message);
  }
  assert_status(ws_server_use_named(server, "gzip", NULL), WS_EUNKNOWN);
  assert_holds(ws_last_error(), "there is no filter \"gzip\"; there are prefix and compress");
  assert_status(ws_server_use_named(NULL, "prefix", NULL), WS_EINVAL);
  assert_status(ws_server_use_named(server, NULL, NULL), WS_EINVAL);
  ws_server_free(server);
}

static void test_deploy__the_prefix_filter_can_be_used_by_name(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "");
  assert_ok(ws_server_set(site.server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_use_named(site.server, "prefix", "prefix=/james scheme=https"));
  assert_ok(ws_server_load(site.server, "mypackage:myapp", NULL));
  site_start(&site);
  assert_told(site.server, "/james/bond", "", "https://example.org script=/james path=/bond ");
  assert_told(site.server, "/jamesbond", "", "script=/james path=/jamesbond ");
  site_stop(&site);
}

static void test_deploy__checks_without_binding(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_ok(ws_server_check(server));
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:80"));
  assert_ok(ws_server_check(server));
  assert_null(ws_server_address(server, 0));
  assert_ok(ws_server_set(server, "port", "80"));
  assert_status(ws_server_check(server), WS_ECONFLICT);
  assert_holds(ws_last_error(), "port may not be set if listen is set");
  assert_status(ws_server_check(NULL), WS_EINVAL);
  assert_ok(ws_server_set(server, "port", NULL));
  ws_server_free(server);
}

static void remember(ws_severity severity, const char* line, void* last) {
  (void)severity;
  snprintf(last, 256, "%s", line);
}

/* What the check says, the start says too. */
static void assert_refused(ws_server* server, const char* name, const char* value,
                           ws_status expected, const char* message) {
  assert_ok(ws_server_set(server, name, value));
  assert_status(ws_server_check(server), expected);
  assert_holds(ws_last_error(), message);
  assert_status(ws_server_listen(server), expected);
  assert_holds(ws_last_error(), message);
  assert_ok(ws_server_set(server, name, NULL));
  assert_ok(ws_server_check(server));
}

/* path_resolution(7): forty links are followed, though the last leads to nothing yet. */
static void test_deploy__checks_a_log_behind_links(void** state) {
  (void)state;
  enum { LINKS = 41 };
  struct site site;
  site_make(&site, "");
  char* links[LINKS];
  char target[16] = "access.log";
  for (int i = 0; i < LINKS; ++i) {
    links[i] = format("%s/l%d", site.folder, i);
    assert_int_equal(symlink(target, links[i]), 0);
    snprintf(target, sizeof target, "l%d", i);
  }
  assert_ok(ws_server_set(site.server, "access_log", links[LINKS - 2]));
  assert_ok(ws_server_check(site.server));
  assert_refused(site.server, "access_log", links[LINKS - 1], WS_ESYSTEM, "Too many levels");
  for (int i = 0; i < LINKS; ++i) {
    unlink(links[i]);
    free(links[i]);
  }
  site_end(&site);
}

static void test_deploy__checks_what_options_need_of_the_system(void** state) {
  (void)state;
  struct site site;
  char last[256] = "";
  site_make(&site, "");
  assert_ok(ws_server_set_log(site.server, remember, last));
  assert_ok(ws_server_set(site.server, "listen", "127.0.0.1:0"));
  char* missing = format("%s/missing/name", site.folder);
  char* within_file = format("%s/name", site.ini);
  const int fd = open(site.ini, O_RDONLY);
  char* read_only = format("fd:%d", fd);
  char* socket = format("unix:%s", missing);
  char* no_socket = format("unix:%s", site.ini);
  char* dangling = format("%s/link", site.folder);
  assert_int_equal(symlink("missing/name", dangling), 0);
  assert_refused(site.server, "access_log", missing, WS_ESYSTEM, "opening access_log /");
  assert_refused(site.server, "access_log", within_file, WS_ESYSTEM, "Not a directory");
  assert_refused(site.server, "access_log", site.folder, WS_ESYSTEM, "Is a directory");
  assert_refused(site.server, "access_log", read_only, WS_EINVAL, " is open for reading only");
  assert_refused(site.server, "access_log", dangling, WS_ESYSTEM, "No such file or directory");
  assert_refused(site.server, "temporary_directory", missing, WS_ESYSTEM, "temporary_directory /");
  assert_refused(site.server, "temporary_directory", site.ini, WS_ESYSTEM, "Not a directory");
  assert_refused(site.server, "metrics_listen", "192.0.2.1:9113", WS_ESYSTEM,
                 "metrics_listen: \"192.0.2.1:9113\": ");
  assert_refused(site.server, "metrics_listen", socket, WS_ESYSTEM, "metrics_listen: \"unix:");
  assert_refused(site.server, "metrics_listen", no_socket, WS_ESYSTEM, "metrics_listen: \"unix:");
  assert_refused(site.server, "metrics_listen", "unix:/tmp/s?owner=nobody-of-that-name", WS_EINVAL,
                 "no such user");
  assert_string_equal(last, "");
  /* What comes with the start may be missing before. */
  assert_ok(ws_server_set(site.server, "access_log", "fd:1048575"));
  assert_ok(ws_server_check(site.server));
  assert_status(ws_server_listen(site.server), WS_ESYSTEM);
  assert_holds(ws_last_error(), "access_log fd:1048575: ");
  assert_ok(ws_server_set(site.server, "access_log", NULL));
  close(fd);
  unlink(dangling);
  free(dangling);
  free(no_socket);
  free(socket);
  free(read_only);
  free(within_file);
  free(missing);
  site_end(&site);
}

static void test_deploy__checks_make_nothing(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "");
  char* log = format("%s/access.log", site.folder);
  char* socket = format("unix:%s/metrics", site.folder);
  assert_ok(ws_server_set(site.server, "access_log", log));
  assert_ok(ws_server_set(site.server, "temporary_directory", site.folder));
  assert_ok(ws_server_set(site.server, "metrics_listen", socket));
  assert_ok(ws_server_check(site.server));
  assert_int_equal(access(log, F_OK), -1);
  assert_int_equal(access(socket + strlen("unix:"), F_OK), -1);
  free(socket);
  free(log);
  site_end(&site);
}

/* The server on it may be the one that is to be restarted. */
static void test_deploy__checks_warn_of_an_address_in_use(void** state) {
  (void)state;
  struct site site;
  char last[256] = "";
  site_make(&site, "");
  assert_ok(ws_server_set(site.server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(site.server, "metrics_listen", "127.0.0.1:0"));
  assert_ok(ws_server_listen(site.server));
  ws_server* next = ws_server_new();
  assert_ok(ws_server_set_log(next, remember, last));
  assert_ok(ws_server_set(next, "metrics_listen", ws_server_metrics_address(site.server, 0)));
  assert_ok(ws_server_check(next));
  assert_holds(last, " is in use");
  assert_ok(ws_server_check(site.server)); /* of itself it says nothing */
  ws_server_free(next);
  site_end(&site);
}

/* Whichever option says where to listen. */
static void test_deploy__a_proxy_header_needs_a_trusted_proxy(void** state) {
  (void)state;
  static const char* const ways[][2] = {{"listen", "127.0.0.1:80?proxy=on"},
                                        {"listen", "127.0.0.1:80 unix:/a?mode=0660&proxy=on"},
                                        {"port", "80?proxy=on"},
                                        {"unix_socket", "/a?proxy=on"}};
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; ++i) {
    ws_server* server = ws_server_new();
    assert_ok(ws_server_set(server, ways[i][0], ways[i][1]));
    assert_status(ws_server_check(server), WS_ECONFLICT);
    assert_holds(ws_last_error(), "has no meaning without setting trusted_proxy");
    assert_ok(ws_server_set(server, "trusted_proxy", "*"));
    assert_ok(ws_server_check(server));
    ws_server_free(server);
  }
}

static void test_deploy__explains_what_it_believes(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "trusted_proxy", "10.0.0.0/8"));
  assert_ok(ws_server_set(server, "trusted_proxy_headers", "x-forwarded-for x-forwarded-proto"));
  assert_ok(ws_server_set(server, "trusted_proxy_count", "2"));
  const char* fields =
      "X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.9.9.9\nX-Forwarded-Proto: https\n"
      "X-Forwarded-Host: evil\nHost: example.org\n";
  char text[4096];
  const size_t size = ws_server_explain_proxy(server, "10.1.2.3:99", fields, text, sizeof text);
  assert_int_equal(size, strlen(text));
  assert_int_equal(ws_server_explain_proxy(server, "10.1.2.3:99", fields, NULL, 0), size);
  static const char* const lines[] = {
      "peer 10.1.2.3: trusted, trusted_proxy is 10.0.0.0/8\n",
      "hops that count: the last 2\n",
      "  6.6.6.6  dropped: beyond the hops that count\n",
      "  192.0.2.7  taken: the farthest hop that counts\n",
      "  10.9.9.9  passed over: a nearer hop\n",
      "X-Forwarded-Host: evil\n  dropped: trusted_proxy_headers has no x-forwarded-host\n",
      "  REMOTE_ADDR = 192.0.2.7  (was 10.1.2.3)\n",
      "  ws.url_scheme = https  (was http)\n",
      "  HTTP_HOST = example.org\n",
      "  HTTP_X_FORWARDED_FOR = 192.0.2.7, 10.9.9.9\n",
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
    assert_holds(text, lines[i]);
  }
  char little[8];
  assert_int_equal(ws_server_explain_proxy(server, "10.1.2.3:99", fields, little, sizeof little),
                   size);
  assert_string_equal(little, "peer 10");
  assert_true(ws_server_explain_proxy(server, "192.0.2.1", fields, text, sizeof text) > 0);
  assert_holds(text, "  dropped: the peer is not trusted\n");
  assert_holds(text, "  REMOTE_ADDR = 192.0.2.1\n");
  assert_true(ws_server_explain_proxy(server, "10.1.2.3", "X-Forwarded-Proto: ftp\n", text,
                                      sizeof text) > 0);
  assert_holds(text, "answer: 400, X-Forwarded-Proto is malformed: unsupported proto: ftp\n");
  ws_server_free(server);
}

static void test_deploy__explains_only_what_there_can_be(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_int_equal(ws_server_explain_proxy(server, "nobody", "", NULL, 0), 0);
  assert_holds(ws_last_error(), "peer must be ADDRESS");
  assert_int_equal(ws_server_explain_proxy(server, "unix:", "No field\n", NULL, 0), 0);
  assert_holds(ws_last_error(), "no request can have these fields: ");
  assert_int_equal(ws_server_explain_proxy(server, NULL, "", NULL, 0), 0);
  assert_true(ws_server_explain_proxy(server, "unix:", "", NULL, 0) > 0);
  ws_server_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_deploy__the_recipe_serves),
      cmocka_unit_test(test_deploy__sections_lead_to_applications),
      cmocka_unit_test(test_deploy__sections_that_multiply_are_refused),
      cmocka_unit_test(test_deploy__values_that_multiply_are_refused),
      cmocka_unit_test(test_deploy__mistakes_in_files_are_named),
      cmocka_unit_test(test_deploy__settings_are_defaults_of_a_file),
      cmocka_unit_test(test_deploy__options_that_were_set_go_before_the_file),
      cmocka_unit_test(test_deploy__a_server_section_may_have_the_name),
      cmocka_unit_test(test_deploy__a_program_may_bring_its_own_app),
      cmocka_unit_test(test_deploy__each_application_may_stream_its_bodies),
      cmocka_unit_test(test_deploy__an_application_may_keep_its_bodies_whole),
      cmocka_unit_test(test_deploy__a_program_s_own_app_streams_as_its_section_says),
      cmocka_unit_test(test_deploy__options_of_a_file_alone),
      cmocka_unit_test(test_deploy__applications_have_names),
      cmocka_unit_test(test_deploy__settings_have_a_form),
      cmocka_unit_test(test_deploy__the_prefix_filter_can_be_used_by_name),
      cmocka_unit_test(test_deploy__checks_without_binding),
      cmocka_unit_test(test_deploy__checks_a_log_behind_links),
      cmocka_unit_test(test_deploy__checks_what_options_need_of_the_system),
      cmocka_unit_test(test_deploy__checks_make_nothing),
      cmocka_unit_test(test_deploy__checks_warn_of_an_address_in_use),
      cmocka_unit_test(test_deploy__a_proxy_header_needs_a_trusted_proxy),
      cmocka_unit_test(test_deploy__explains_what_it_believes),
      cmocka_unit_test(test_deploy__explains_only_what_there_can_be),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
