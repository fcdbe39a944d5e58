using System.Globalization;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>
/// The configuration of an nginx that does nothing but take RTMP on one port. It asks us about every publisher over a Unix socket in
/// a folder that only we can open, gives streams to this machine only, writes no file, and runs as one process under our own user.
/// </summary>
internal static class NginxConfiguration
{
    /// <summary>The one application; the last part of the address that streamers type.</summary>
    public const string Application = "live";

    /// <summary>Where nginx asks; names of sockets are relative to the folder, in which nginx is started.</summary>
    public const string AskSocket = "ask.sock";

    /// <summary>Where nginx answers.</summary>
    public const string ControlSocket = "control.sock";

    /// <summary>Seconds that we get to answer about a publisher.</summary>
    public const int AnswerSeconds = 8;

    /// <summary>The text of nginx.conf.</summary>
    /// <param name="modulePath">Of the rtmp module.</param>
    /// <param name="secret">Part of every address that nginx asks at: hex digits, another for every start.</param>
    public static string Of(RtmpOptions options, string modulePath, string secret) => string.Create(CultureInfo.InvariantCulture, $$"""
        load_module "{{modulePath}}";
        daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr error;

        events {
            worker_connections {{(options.ConnectionsMax * 3) + 64}};
        }

        rtmp {
            access_log off;
            max_connections {{options.ConnectionsMax}};

            server {
                listen {{options.Address}}:{{options.Port}};
                timeout {{options.IdleSeconds}}s;
                ping {{options.IdleSeconds}}s;
                ping_timeout {{options.IdleSeconds}}s;
                max_message {{options.MessageBytesMax}};
                chunk_size 4096;
                out_queue 1024;
                netcall_timeout {{AnswerSeconds}}s;

                application {{Application}} {
                    live on;
                    wait_key on;
                    wait_video on;
                    sync 10ms;
                    idle_streams on;
                    drop_idle_publisher {{options.IdleSeconds}}s;
                    record off;
                    allow play 127.0.0.1;
                    deny play all;
                    notify_method post;
                    on_publish http://unix:{{AskSocket}}:/{{secret}}/publish;
                    on_publish_done http://unix:{{AskSocket}}:/{{secret}}/done;
                }
            }
        }

        http {
            access_log off;
            client_max_body_size 1k;
            client_body_temp_path temp-body;
            proxy_temp_path temp-proxy;
            fastcgi_temp_path temp-fastcgi;
            uwsgi_temp_path temp-uwsgi;
            scgi_temp_path temp-scgi;

            server {
                listen unix:{{ControlSocket}};
                location /control {
                    rtmp_control drop;
                }
                location /stat {
                    rtmp_stat all;
                }
            }
        }

        """);
}
