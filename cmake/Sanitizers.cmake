# -DANYPICKLE_SANITIZE=address,undefined builds everything with those sanitizers.
set(ANYPICKLE_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize=")
if(ANYPICKLE_SANITIZE)
    add_compile_options(-fsanitize=${ANYPICKLE_SANITIZE} -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=${ANYPICKLE_SANITIZE})
endif()
