#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdio>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace confab::message_store {

/// A certificate for one name, signed by itself, and its key, in files that go away with it.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& folder, const std::string& name)
      : certificate_(folder + name + std::to_string(getpid()) + "-cert.pem"),
        key_(folder + name + std::to_string(getpid()) + "-key.pem") {
    auto* key = EVP_EC_gen("P-256");
    auto* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    auto* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_set_pubkey(certificate, key);
    auto* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
    auto* file = std::fopen(certificate_.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~TestCertificate() {
    std::remove(certificate_.c_str());
    std::remove(key_.c_str());
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  [[nodiscard]] const std::string& certificate() const { return certificate_; }
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  const std::string certificate_;
  const std::string key_;
};

/// A real HTTP server on loopback that does what the test says, a thread a connection.
class HookServer {
 public:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  struct Reply {
    unsigned status = 204;
    std::string header;  ///< Name of one more.
    std::string value;
    std::string body;
    bool hang = false;  ///< Never answers.
    bool cut = false;   ///< Closes without an answer.
    bool then_close = false;
  };
  using Answer = std::function<Reply(const Request&)>;

  /// `port` 0 is any. With a certificate it speaks TLS.
  explicit HookServer(Answer answer, std::uint16_t port = 0,
                      const TestCertificate* certificate = nullptr)
      : answer_(std::move(answer)), acceptor_(loop_) {
    if (certificate != nullptr) {
      tls_.emplace(boost::asio::ssl::context::tls_server);
      tls_->use_certificate_chain_file(certificate->certificate());
      tls_->use_private_key_file(certificate->key(), boost::asio::ssl::context::pem);
    }
    acceptor_.open(Tcp::v4());
    acceptor_.set_option(boost::asio::socket_base::reuse_address(true));
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), port});
    acceptor_.listen();
    thread_ = std::thread([this] { accept(); });
  }
  ~HookServer() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      boost::system::error_code ignored;
      for (auto& one : connections_) one.socket.shutdown(Tcp::socket::shutdown_both, ignored);
      acceptor_.cancel(ignored);
      ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    }
    thread_.join();
    for (auto& one : connections_) one.thread.join();
  }
  HookServer(const HookServer&) = delete;
  HookServer& operator=(const HookServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// How many there were.
  [[nodiscard]] std::size_t connections() {
    const std::lock_guard lock(mutex_);
    return connections_.size();
  }

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Connection {
    explicit Connection(Tcp::socket its_socket) : socket(std::move(its_socket)) {}
    Tcp::socket socket;
    std::thread thread;
  };

  void accept() {
    for (;;) {
      boost::system::error_code error;
      Tcp::socket socket(loop_);
      acceptor_.accept(socket, error);
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (error) continue;
      auto& connection = connections_.emplace_back(std::move(socket));
      connection.thread = std::thread([this, &connection] { serve(connection.socket); });
    }
  }

  void serve(Tcp::socket& socket) {
    if (tls_) {
      boost::asio::ssl::stream<Tcp::socket&> stream(socket, *tls_);
      boost::system::error_code error;
      stream.handshake(boost::asio::ssl::stream_base::server, error);
      if (!error) talk(stream);
    } else {
      talk(socket);
    }
    boost::system::error_code ignored;
    socket.shutdown(Tcp::socket::shutdown_both, ignored);
  }

  template <typename Stream>
  void talk(Stream& stream) {
    namespace http = boost::beast::http;
    boost::beast::flat_buffer buffer;
    for (;;) {
      boost::system::error_code error;
      Request request;
      http::read(stream, buffer, request, error);
      if (error) return;
      const auto reply = answer_(request);
      if (reply.cut) return;
      if (reply.hang) {
        http::read(stream, buffer, request, error);  // Until the other side gives up.
        return;
      }
      http::response<http::string_body> response(static_cast<http::status>(reply.status), 11);
      if (!reply.header.empty()) response.set(reply.header, reply.value);
      response.body() = reply.body;
      response.keep_alive(!reply.then_close);
      response.prepare_payload();
      http::write(stream, response, error);
      if (error || reply.then_close) return;
    }
  }

  const Answer answer_;
  boost::asio::io_context loop_;
  std::optional<boost::asio::ssl::context> tls_;
  Tcp::acceptor acceptor_;
  std::mutex mutex_;  // Guards the two below.
  std::list<Connection> connections_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace confab::message_store
