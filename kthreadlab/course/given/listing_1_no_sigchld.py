def checker(unused):  #@ checker
    cond_resched()  #@ work
    return 0  #@ return


def start_checker():  #@ start
    return kernel_thread(checker, NULL, CLONE_FS | CLONE_FILES | CLONE_SIGHAND)  #@ make
