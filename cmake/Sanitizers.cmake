# -DANYPICKLE_SANITIZE=address,undefined builds everything with those sanitizers; what they find ends the process.
set(ANYPICKLE_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize=")
if(ANYPICKLE_SANITIZE)
    add_compile_options(-fsanitize=${ANYPICKLE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
    add_link_options(-fsanitize=${ANYPICKLE_SANITIZE})
endif()
