#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/rate_policy.hpp>

namespace confab::gateway {

/// Asio's TCP types for the one executor there is here. The usual ones carry one of any type, which
/// costs each connection about a hundred bytes.
using TcpExecutor = boost::asio::io_context::executor_type;
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, TcpExecutor>;
using TcpAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, TcpExecutor>;
/// With timeouts, for HTTP.
using TcpStream = boost::beast::basic_stream<boost::asio::ip::tcp, TcpExecutor>;

}  // namespace confab::gateway
