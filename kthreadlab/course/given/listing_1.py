def start_mykthread():  #@ start
    kernel_thread(mykthread, NULL, CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)  #@ make
    return 0  #@ return
