/* Prints the table of numbers as Markdown, from what the library says about itself: the numbers of
 * ws_server_stat(), and what a scrape shows besides them. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wserve/wserve.h>

enum { LARGEST_SCRAPE = 1024 * 1024, LONGEST_NAME = 256 };

static void need(int is_good, const char* what) {
  if (!is_good) {
    fprintf(stderr, "print_stats: %s: %s\n", what, ws_last_error());
    exit(1);
  }
}

static void print_stats(void) {
  for (size_t i = 0; i < ws_stat_count(); ++i) {
    const char* labels = ws_stat_labels(i);
    const int has_labels = *labels != '\0';
    printf("| `%s` | `%s%s%s%s` | %s | %s | %s | %s |\n", ws_stat_name(i), ws_stat_metric(i),
           has_labels ? "{" : "", labels, has_labels ? "}" : "", ws_stat_type(i), ws_stat_unit(i),
           ws_stat_since(i), ws_stat_help(i));
  }
}

static int is_stat(const char* metric) {
  for (size_t i = 0; i < ws_stat_count(); ++i) {
    if (strcmp(ws_stat_metric(i), metric) == 0) {
      return 1;
    }
  }
  return 0;
}

/* What a server that has just started shows on /metrics. */
static char* scrape(ws_server* server) {
  static const char request[] = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const char* port = strrchr(ws_server_metrics_address(server, 0), ':');
  address.sin_port = htons((uint16_t)atoi(port + 1));
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  need(connect(fd, (struct sockaddr*)&address, sizeof address) == 0, "connect");
  need(send(fd, request, sizeof request - 1, 0) == (ssize_t)sizeof request - 1, "send");
  char* text = calloc(1, LARGEST_SCRAPE);
  size_t size = 0;
  ssize_t got;
  while ((got = recv(fd, text + size, LARGEST_SCRAPE - 1 - size, 0)) > 0) {
    size += (size_t)got;
  }
  close(fd);
  return text;
}

/* Of `NAME{threads="4",loops="1"} 1` what stays the same: `NAME{threads,loops}`. */
static void print_sample(const char* sample) {
  int is_quoted = 0;
  for (; *sample != '\0' && *sample != '\n' && (is_quoted || *sample != ' '); ++sample) {
    if (*sample == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && *sample != '=') {
      putchar(*sample);
    }
  }
}

/* A family of the scrape: its help, its type, and its first sample. */
static void print_family(const char* name, const char* help, const char* type, const char* sample) {
  const int is_histogram = strncmp(type, "histogram", strlen("histogram")) == 0;
  printf("| – | `");
  print_sample(sample);
  if (is_histogram) {
    printf("`, `%s_sum`, `%s_count", name, name);
  }
  printf("` | %.*s | %s | 1.0 | %.*s |\n", (int)strcspn(type, "\n"), type,
         is_histogram ? "seconds" : "", (int)strcspn(help, "\n"), help);
}

static const char* behind(const char* text, const char* mark) {
  const char* found = strstr(text, mark);
  need(found != NULL, mark);
  return found + strlen(mark);
}

/* "# HELP NAME TEXT", "# TYPE NAME TYPE", and samples. */
static void print_others(const char* text) {
  const char help_mark[] = "\n# HELP ";
  while ((text = strstr(text, help_mark)) != NULL) {
    char name[LONGEST_NAME];
    text += strlen(help_mark);
    const size_t size = strcspn(text, " ");
    need(size < sizeof name, "a name");
    memcpy(name, text, size);
    name[size] = '\0';
    if (!is_stat(name)) {
      const char* type = behind(behind(text, "\n# TYPE "), " ");
      print_family(name, text + size + 1, type, behind(type, "\n"));
    }
  }
}

int main(void) {
  ws_server* server = ws_server_new();
  need(ws_server_set(server, "listen", "127.0.0.1:0") == WS_OK &&
           ws_server_set(server, "metrics_listen", "127.0.0.1:0") == WS_OK &&
           ws_server_set(server, "log_level", "none") == WS_OK && ws_server_start(server) == WS_OK,
       "a server to be scraped");
  char* text = scrape(server);
  puts("| `ws_server_stat` | metric | type | unit | since | what it says |");
  puts("|---|---|---|---|---|---|");
  print_stats();
  print_others(text);
  free(text);
  ws_server_free(server);
  return 0;
}
