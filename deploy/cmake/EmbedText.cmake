# Writes OUT: the text of FILE as the std::string_view NAME, which HEADER declares in NAMESPACE.
file(READ ${FILE} content)
file(WRITE ${OUT} "#include \"${HEADER}\"

namespace ${NAMESPACE} {

const std::string_view ${NAME} = R\"CONFABTEXT(${content})CONFABTEXT\";

}  // namespace ${NAMESPACE}
")
