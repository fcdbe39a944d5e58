// Socket.IO as its guide shows it: everybody joins one room, and each message is emitted to that room.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer((request, response) => {
  if (request.url === '/') response.end('ready');
});
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  socket.join('room');
  socket.on('say', (message, answer) => {
    io.to('room').emit('m', message);
    answer();
  });
});

http.listen(Number(process.argv[2]), '127.0.0.1');
