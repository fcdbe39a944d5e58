using System.Globalization;

namespace LiveCommerce.Host.OneMachine;

/// <summary>
/// nginx in front of the gateways: one address, each new connection to the gateway with the fewest, a gateway that does not answer left
/// out for a while. One process under our own user that writes nothing outside its folder.
/// </summary>
internal static class LocalBalancer
{
    private static readonly string[] Programs = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/nginx/sbin/nginx", "/usr/bin/nginx"];

    /// <summary>Where nginx is.</summary>
    /// <exception cref="LocalClusterException">It is not installed.</exception>
    public static string Program => Programs.FirstOrDefault(File.Exists)
        ?? throw new LocalClusterException("nginx is not installed: apt-get install --no-install-recommends nginx-light.");

    /// <summary>The text of nginx.conf.</summary>
    public static string Configuration(int port, IEnumerable<int> gateways)
    {
        var servers = string.Join('\n', gateways.Select(gateway =>
            string.Create(CultureInfo.InvariantCulture, $"        server 127.0.0.1:{gateway} max_fails=1 fail_timeout=2s;")));
        return string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr error;
            worker_rlimit_nofile 65536;

            events {
                worker_connections 32768;
            }

            http {
                access_log off;
                client_body_temp_path temp-body;
                proxy_temp_path temp-proxy;
                fastcgi_temp_path temp-fastcgi;
                uwsgi_temp_path temp-uwsgi;
                scgi_temp_path temp-scgi;

                map $http_upgrade $connection_upgrade {
                    default upgrade;
                    '' '';
                }

                upstream gateways {
                    least_conn;
            {{servers}}
                    keepalive 64;
                }

                server {
                    listen 127.0.0.1:{{port}};
                    client_max_body_size 0;

                    location / {
                        proxy_pass http://gateways;
                        proxy_http_version 1.1;
                        proxy_set_header Host $http_host;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_upgrade;
                        proxy_set_header X-Forwarded-For $remote_addr;
                        proxy_set_header X-Forwarded-Proto $scheme;
                        proxy_buffering off;
                        proxy_request_buffering off;
                        proxy_connect_timeout 2s;
                        proxy_read_timeout 1h;
                        proxy_send_timeout 1h;
                        proxy_next_upstream error timeout;
                        proxy_next_upstream_tries 3;
                    }
                }
            }

            """);
    }
}
