/* Walking down from a folder, one name at a time. */
#define _GNU_SOURCE
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOLDER_FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC };

struct folder {
  char* path; /* absolute; links in it stay what they are */
  int serves_dotfiles;
  pthread_mutex_t mutex; /* for the two below */
  int fd;
  struct stat opened; /* what `fd` is */
};

static char* make_absolute(const char* path) {
  if (path[0] == '/') {
    return strdup(path);
  }
  char* here = getcwd(NULL, 0);
  char* absolute = NULL;
  if (here != NULL && asprintf(&absolute, "%s/%s", here, path) < 0) {
    absolute = NULL;
  }
  free(here);
  return absolute;
}

/* Takes what the path leads to now in place of what was open before. */
static int open_again(struct folder* folder) {
  struct stat opened;
  const int fd = open(folder->path, FOLDER_FLAGS);
  if (fd < 0 || fstat(fd, &opened) != 0) {
    if (fd >= 0) {
      close(fd);
    }
    return -1;
  }
  if (folder->fd >= 0) {
    close(folder->fd);
  }
  folder->fd = fd;
  folder->opened = opened;
  return 0;
}

struct folder* folder_open(const char* root, int serves_dotfiles) {
  struct folder* folder = calloc(1, sizeof *folder);
  if (folder == NULL) {
    return NULL;
  }
  pthread_mutex_init(&folder->mutex, NULL);
  folder->serves_dotfiles = serves_dotfiles;
  folder->fd = -1;
  errno = *root != '\0' ? 0 : ENOENT;
  folder->path = *root != '\0' ? make_absolute(root) : NULL;
  if (folder->path == NULL || open_again(folder) != 0) {
    const int error = errno;
    folder_close(folder);
    errno = error;
    return NULL;
  }
  return folder;
}

void folder_close(struct folder* folder) {
  if (folder->fd >= 0) {
    close(folder->fd);
  }
  pthread_mutex_destroy(&folder->mutex);
  free(folder->path);
  free(folder);
}

/* A descriptor of the folder. A link on its path may lead elsewhere since the last request, as a
 * deployment swaps it; while the path leads nowhere, the folder stays the one that it was. */
static int open_top(struct folder* folder) {
  struct stat now;
  const int is_there = stat(folder->path, &now) == 0;
  pthread_mutex_lock(&folder->mutex);
  if (is_there && (now.st_dev != folder->opened.st_dev || now.st_ino != folder->opened.st_ino)) {
    open_again(folder);
  }
  const int fd = fcntl(folder->fd, F_DUPFD_CLOEXEC, 0);
  const int error = errno;
  pthread_mutex_unlock(&folder->mutex);
  errno = error;
  return fd;
}

/* "." and ".." are no names. What begins with a dot is for the owner (.git, .htpasswd), but for
 * what RFC 8615 has at the top. */
static int is_hidden(const struct folder* folder, const char* name, int is_at_top) {
  if (name[0] != '.') {
    return 0;
  }
  if (folder->serves_dotfiles) {
    return name[1] == '\0' || strcmp(name, "..") == 0;
  }
  return !is_at_top || strcmp(name, ".well-known") != 0;
}

/* Asks before it opens: opening a device may have effects. Asks again, as it may be another now. */
static int open_file(int folder, const char* name, struct stat* file) {
  if (fstatat(folder, name, file, AT_SYMLINK_NOFOLLOW) != 0) {
    return FOLDER_NOT_FOUND;
  }
  if (S_ISDIR(file->st_mode)) {
    return FOLDER_NEEDS_SLASH;
  }
  errno = ENOENT;
  if (!S_ISREG(file->st_mode)) {
    return FOLDER_NOT_FOUND;
  }
  const int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || (fstat(fd, file) == 0 && S_ISREG(file->st_mode))) {
    return fd;
  }
  close(fd);
  errno = ENOENT;
  return FOLDER_NOT_FOUND;
}

static int open_index(int folder, struct stat* file) {
  const int fd = open_file(folder, "index.html", file);
  errno = fd == FOLDER_NEEDS_SLASH ? ENOENT : errno;
  return fd == FOLDER_NEEDS_SLASH ? FOLDER_NOT_FOUND : fd;
}

/* Takes the next name off a path; 0 when it has one that no file can have. */
static int take_name(const char** path, char name[NAME_MAX + 1]) {
  const char* text = *path + strspn(*path, "/");
  const size_t size = strcspn(text, "/");
  *path = text + size;
  if (size > NAME_MAX) {
    return 0;
  }
  memcpy(name, text, size);
  name[size] = '\0';
  return 1;
}

int folder_find(struct folder* folder, const char* path, struct stat* file) {
  int at = open_top(folder);
  for (int is_at_top = 1; at >= 0; is_at_top = 0) {
    char name[NAME_MAX + 1];
    int next = FOLDER_NOT_FOUND;
    int is_last = 1;
    errno = ENOENT;
    if (take_name(&path, name) && !is_hidden(folder, name, is_at_top)) {
      is_last = *path == '\0';
      if (name[0] == '\0') { /* a folder, asked for as one */
        next = open_index(at, file);
      } else if (is_last) {
        next = open_file(at, name, file);
      } else {
        next = openat(at, name, FOLDER_FLAGS | O_NOFOLLOW);
      }
    }
    const int error = errno;
    close(at);
    errno = error;
    if (is_last) {
      return next;
    }
    at = next;
  }
  return FOLDER_NOT_FOUND;
}
